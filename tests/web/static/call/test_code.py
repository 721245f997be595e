"""The code that two people compare."""

import hashlib
from typing import Any

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

ONE, OTHER = ":".join(["0A"] * 32), ":".join(["F1"] * 32)
CODE = """async ([one, other]) => {
  const { codeOf } = await import("/static/call/code.js");
  return codeOf(one, other);
}"""


def sdp(*fingerprints: str) -> str:
    """A description with these, one in each section."""
    return "v=0\r\n" + "".join(
        f"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=fingerprint:sha-256 {each}\r\na=mid:0\r\n"
        for each in fingerprints
    )


async def test_both_sides_read_the_same_six_groups_of_five_digits(page: Page) -> None:
    digest = hashlib.sha256(f"direct call {ONE} {OTHER}".encode()).digest()
    digits = f"{int.from_bytes(digest) % 10**30:030}"

    codes = [
        await page.evaluate(CODE, [sdp(ONE, ONE), sdp(OTHER)]),
        await page.evaluate(CODE, [sdp(OTHER), sdp(ONE.lower())]),
    ]

    assert codes == [" ".join(digits[place : place + 5] for place in range(0, 30, 5))] * 2


async def test_another_certificate_gives_another_code(page: Page) -> None:
    own = await page.evaluate(CODE, [sdp(ONE), sdp(OTHER)])
    between = await page.evaluate(CODE, [sdp(ONE), sdp(OTHER[:-1] + "2")])

    assert own != between


@pytest.mark.parametrize(
    "theirs",
    [
        sdp(ONE, OTHER),
        "v=0\r\n",
        sdp(ONE).replace("sha-256", "sha-1"),
        sdp(ONE[:-3]),
        sdp(ONE) + f"a=fingerprint:sha-512 {ONE}:{ONE}\r\n",
    ],
    ids=["two", "none", "another hash", "cut short", "a second hash"],
)
async def test_without_a_single_certificate_there_is_no_code(page: Page, theirs: str) -> None:
    code: Any = await page.evaluate(CODE, [sdp(OTHER), theirs])

    assert code == ""

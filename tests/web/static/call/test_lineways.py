"""By which ways a line carries media, read from a connection's own statistics."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

WAYS = """async ([stats, hasRelays]) => {
  const { lineWaysOf } = await import("/static/call/lineways.js");
  const { way, answered } = lineWaysOf(stats, hasRelays);
  return [way, answered.udp, answered.tcp, answered.relay];
}"""
KINDS = {"udp": ("host", "udp"), "tcp": ("host", "tcp"), "relay": ("relay", "udp")}


def pairs(**states: tuple[str, bool, int]) -> list[dict[str, object]]:
    """A candidate and a pair for each way: its state, whether it is nominated, answers."""
    found: list[dict[str, object]] = []
    for way, (state, nominated, answers) in states.items():
        kind, protocol = KINDS[way]
        local: dict[str, object] = {
            "type": "local-candidate",
            "id": way,
            "candidateType": kind,
            "protocol": protocol,
        }
        pair: dict[str, object] = {
            "type": "candidate-pair",
            "localCandidateId": way,
            "state": state,
            "nominated": nominated,
            "responsesReceived": answers,
        }
        found += [local, pair]
    return found


LOCAL_UDP = pairs(udp=("failed", False, 0))[0]
USED, ALSO, SILENT = ("succeeded", True, 9), ("in-progress", False, 1), ("in-progress", False, 0)


@pytest.mark.parametrize(
    ("stats", "has_relays", "expected"),
    [
        (pairs(udp=USED, tcp=SILENT), False, ["udp", True, None, None]),
        (pairs(udp=USED, tcp=ALSO, relay=ALSO), True, ["udp", True, True, True]),
        (pairs(udp=("failed", False, 0), tcp=USED), False, ["tcp", False, True, None]),
        ([LOCAL_UDP, *pairs(tcp=USED)], False, ["tcp", False, True, None]),
        (pairs(udp=SILENT, tcp=SILENT, relay=USED), True, ["relay", False, False, True]),
        (pairs(udp=SILENT, tcp=SILENT), True, ["", False, False, False]),
        (pairs(udp=SILENT), False, ["", False, None, None]),
        (pairs(relay=USED), True, ["relay", None, None, True]),
        ([], True, ["", None, None, None]),
    ],
    ids=[
        *(
            "udp-needs-no-other",
            "all-answer",
            "udp-is-blocked",
            "pair-forgotten",
            "only-the-relay",
            "none-answers",
        ),
        *("nothing-but-udp", "relay-alone-allowed", "never-tried"),
    ],
)
async def test_each_way_answers_or_not_or_was_not_found_out(
    bare_page: Page, stats: list[dict[str, object]], has_relays: bool, expected: list[object]
) -> None:
    assert await bare_page.evaluate(WAYS, [stats, has_relays]) == expected

"""A call over TURN alone: Chromium behind a link, Debian's coturn, the real node."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from bench.browser import FLAGS
from bench.call import sign_in
from tests.links.browsers import chromium_in
from tests.links.coturn import PORT, SECRET, coturn
from tests.links.network import SITE, Network, network
from tests.links.shape import Profile, Shape
from tests.server import RunningServer, running_server

pytestmark = [pytest.mark.browser, pytest.mark.alone]

LINE = Profile(Shape(delay_ms=10), Shape(delay_ms=10), "a good line: ours")
# Before the page's own scripts: of each connection, the kind of way that it took.
WATCH = """
window.ways = [];
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(...given) {
    super(...given);
    this.addEventListener("connectionstatechange", async () => {
      if (this.connectionState !== "connected") return;
      const stats = await this.getStats();
      const all = [...stats.values()];
      const { selectedCandidatePairId } = all.find(({ type }) => type === "transport");
      const { localCandidateId } = stats.get(selectedCandidatePairId);
      window.ways.push(stats.get(localCandidateId).candidateType);
    });
  }
};
"""
CHECK = """async (base) => {
  const { checkLine } = await import("/static/call/linecheck.js");
  const { tokenFrom } = await import("/static/call/signalling.js");
  const began = performance.now();
  const result = await checkLine({
    url: `${base}/signalling`, token: tokenFrom(`${base}/signalling-token`), deadlineMs: 8000,
  });
  const { verdict, ways: found } = result;
  return { verdict, found, ways: window.ways.splice(0), ms: performance.now() - began };
}"""
RELAY_ONLY = """async (wanted) => {
  const { organization_id: id } = await (await fetch("/api/v1/me")).json();
  const address = `/api/v1/organizations/${id}`;
  const { version } = await (await fetch(address)).json();
  const answer = await fetch(address, {
    method: "PATCH",
    headers: { "Content-Type": "application/json", "If-Match": `W/"${version}"` },
    body: JSON.stringify({ relay_only: wanted }),
  });
  return [answer.status, await answer.text()];
}"""


@pytest.fixture
def links() -> Iterator[Network]:
    with network() as opened:
        opened.connect("patient", LINE)
        yield opened


@pytest.fixture
def server(links: Network, tmp_path: Path) -> Iterator[RunningServer]:
    secret = tmp_path / "secret"
    secret.write_text(SECRET, "ascii")
    settings = (
        "env",
        f'OPENCONSULT_TURN_URLS=["turn:{SITE}:{PORT}?transport=udp"]',
        f"OPENCONSULT_TURN_SECRET_FILE={secret}",
    )
    inside = [*links.command("site"), *settings]
    with (
        coturn(links, tmp_path),
        running_server(
            tmp_path / "data", "--host", SITE, "--demo", "--demo-anywhere", inside=inside
        ) as opened,
    ):
        yield opened


def test_where_the_policy_is_relays_alone_media_takes_them_and_elsewhere_the_short_way(
    links: Network, server: RunningServer, tmp_path: Path
) -> None:
    program = chromium_in(links, "patient", tmp_path, shutil.which("chromium") or "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.add_init_script(WATCH)
        sign_in(page, server.url, "amara.okafor")
        page.goto(f"{server.url}/today")
        consultation = page.locator("a[href^='/consultations/']").first.get_attribute("href") or ""
        base = f"/api/v1/encounters/{consultation.rpartition('/')[2]}"
        administrator = browser.new_context(ignore_https_errors=True).new_page()
        sign_in(administrator, server.url, "priya.nair")

        free: dict[str, Any] = page.evaluate(CHECK, base)
        status, said = administrator.evaluate(RELAY_ONLY, True)
        bound: dict[str, Any] = page.evaluate(CHECK, base)
        browser.close()

    assert status == 200, said
    assert free["verdict"] == bound["verdict"] == "video"
    assert free["ways"]
    assert set(free["ways"]) <= {"host", "prflx"}
    assert bound["ways"] == ["relay", "relay"]
    assert bound["ms"] < 8_000
    assert (free["found"]["way"], free["found"]["answered"]["udp"]) == ("udp", True)
    assert bound["found"] == {
        "way": "relay",
        "answered": {"udp": None, "tcp": None, "relay": True},
    }

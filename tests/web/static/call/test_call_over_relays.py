"""Calls over TURN alone: Chromium behind a link, Debian's coturn, the real node."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from bench.browser import FLAGS, WAIT_MS, somebody
from bench.call import sign_in, sign_in_as_whoever_is_waited_for, wait_as_patient
from tests.links.browsers import chromium_in
from tests.links.coturn import PORT, SECRET, TLS_PORT, coturn
from tests.links.network import SITE, Network, network
from tests.links.shape import Profile, Shape
from tests.server import RunningServer, running_server

pytestmark = [pytest.mark.browser, pytest.mark.alone]

UDP, TLS = f"turn:{SITE}:{PORT}?transport=udp", f"turns:{SITE}:{TLS_PORT}?transport=tcp"
TRUSTING = [*FLAGS, "--ignore-certificate-errors"]
"""Nobody vouches for the relay's certificate here."""
LINE = Profile(Shape(delay_ms=10), Shape(delay_ms=10), "a good line: ours")
# Before the page's own scripts: of each connection, the kind of way that it took.
WATCH = """
window.ways = [];
window.kept = [];
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(...given) {
    super(...given);
    window.kept.push(this);
    this.addEventListener("connectionstatechange", async () => {
      if (this.connectionState !== "connected") return;
      const stats = await this.getStats();
      const all = [...stats.values()];
      const { selectedCandidatePairId } = all.find(({ type }) => type === "transport");
      const { localCandidateId } = stats.get(selectedCandidatePairId);
      const { candidateType, relayProtocol } = stats.get(localCandidateId);
      window.ways.push(relayProtocol ? `${candidateType} by ${relayProtocol}` : candidateType);
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
# Of each connection that is up, the kinds of candidates on both ends.
ENDS = """async () => {
  const ends = [];
  for (const connection of window.kept) {
    if (connection.connectionState !== "connected") continue;
    const stats = await connection.getStats();
    const all = [...stats.values()];
    const { selectedCandidatePairId } = all.find(({ type }) => type === "transport");
    const { localCandidateId, remoteCandidateId } = stats.get(selectedCandidatePairId);
    const kind = (id) => stats.get(id).candidateType;
    ends.push(`${kind(localCandidateId)} ${kind(remoteCandidateId)}`);
  }
  return ends;
}"""
POLICY = """async (wanted) => {
  const { organization_id: id } = await (await fetch("/api/v1/me")).json();
  const address = `/api/v1/organizations/${id}`;
  const { version } = await (await fetch(address)).json();
  const answer = await fetch(address, {
    method: "PATCH",
    headers: { "Content-Type": "application/json", "If-Match": `W/"${version}"` },
    body: JSON.stringify(wanted),
  });
  return [answer.status, await answer.text()];
}"""


@pytest.fixture(scope="module")
def links() -> Iterator[Network]:
    with network() as opened:
        for name in ("patient", "clinician"):
            opened.connect(name, LINE)
        yield opened


@pytest.fixture(scope="module", params=[UDP, TLS], ids=["UDP", "TLS"])
def server(
    links: Network, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[RunningServer]:
    place = tmp_path_factory.mktemp("server")
    secret = place / "secret"
    secret.write_text(SECRET, "ascii")
    settings = (
        "env",
        f'OPENCONSULT_TURN_URLS=["{request.param}"]',
        f"OPENCONSULT_TURN_SECRET_FILE={secret}",
    )
    inside = [*links.command("site"), *settings]
    with (
        coturn(links, place),
        running_server(
            place / "data", "--host", SITE, "--demo", "--demo-anywhere", inside=inside
        ) as opened,
    ):
        yield opened


def test_where_the_policy_is_relays_alone_media_takes_them_and_elsewhere_the_short_way(
    links: Network, server: RunningServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    program = chromium_in(links, "patient", tmp_path, shutil.which("chromium") or "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=TRUSTING)
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.add_init_script(WATCH)
        sign_in(page, server.url, "amara.okafor")
        page.goto(f"{server.url}/today")
        consultation = page.locator("a[href^='/consultations/']").first.get_attribute("href") or ""
        base = f"/api/v1/encounters/{consultation.rpartition('/')[2]}"
        administrator = browser.new_context(ignore_https_errors=True).new_page()
        sign_in(administrator, server.url, "priya.nair")

        assert administrator.evaluate(POLICY, {"relay_only": False})[0] == 200
        free: dict[str, Any] = page.evaluate(CHECK, base)
        status, said = administrator.evaluate(POLICY, {"relay_only": True})
        bound: dict[str, Any] = page.evaluate(CHECK, base)
        browser.close()

    assert status == 200, said
    assert free["verdict"] == bound["verdict"] == "video"
    assert free["ways"]
    assert set(free["ways"]) <= {"host", "prflx"}
    transport = "udp" if "UDP" in request.node.name else "tls"
    assert bound["ways"] == [f"relay by {transport}"] * 2
    assert bound["ms"] < 8_000
    assert (free["found"]["way"], free["found"]["answered"]["udp"]) == ("udp", True)
    assert bound["found"] == {
        "way": "relay",
        "answered": {"udp": None, "tcp": None, "relay": True},
    }


@pytest.mark.parametrize("server", [UDP], indirect=True, ids=["UDP"])
def test_where_direct_calls_may_take_relays_alone_two_browsers_meet_at_the_relay(
    links: Network, server: RunningServer, tmp_path: Path
) -> None:
    chromium = shutil.which("chromium") or "chromium"
    programs = [chromium_in(links, name, tmp_path, chromium) for name in ("patient", "clinician")]
    with sync_playwright() as playwright:
        browsers = [
            playwright.chromium.launch(executable_path=program, args=TRUSTING)
            for program in programs
        ]
        with somebody(browsers[0], WATCH) as patient, somebody(browsers[1], WATCH) as clinician:
            sign_in(clinician, server.url, "priya.nair")
            status, said = clinician.evaluate(POLICY, {"relay_only": True, "direct_calls": True})
            clinician.context.clear_cookies()
            wait_as_patient(patient, server)
            sign_in_as_whoever_is_waited_for(clinician, server.url)
            clinician.click(".app-waiting__person a")
            clinician.click("[data-admit]", timeout=WAIT_MS)

            for page in (patient, clinician):
                page.wait_for_selector("[data-way=direct]", state="attached", timeout=WAIT_MS)
            ends = [page.evaluate(ENDS) for page in (patient, clinician)]
            codes = [page.text_content("[data-way-code]") for page in (patient, clinician)]
        for browser in browsers:
            browser.close()

    assert status == 200, said
    for found in ends:
        assert all(pair.startswith("relay ") for pair in found)
        assert any(pair in {"relay relay", "relay prflx"} for pair in found)
    assert codes[0]
    assert codes[0] == codes[1]

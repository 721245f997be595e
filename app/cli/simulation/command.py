"""What `openconsult simulate-monitor` is told, and how it begins."""

import argparse
import asyncio
import json
from uuid import UUID

from app.cli.demo.world import MONITOR_ID, MONITOR_SECRET, PEOPLE
from app.cli.simulation.client import Credential, FeedRefused, line_to
from app.cli.simulation.monitor import Showing, simulate
from app.cli.simulation.patients import SCENARIOS
from app.clock import utc_now
from app.config import DEMO_PASSWORD, Settings


def simulate_monitor(options: argparse.Namespace, settings: Settings) -> None:
    """Feed until it is over. Raises FeedRefused, OSError."""
    credential = Credential(
        url=(options.url or settings.base_url).rstrip("/"),
        client_id=options.client_id or MONITOR_ID,
        client_secret=_secret(options),
        verify=not options.insecure,
    )
    if options.request:
        _put_on(credential, options.request)
    showing = Showing(
        scenario=SCENARIOS[options.scenario],
        seed=options.seed,
        seconds=options.seconds,
        speed=options.speed,
        arterial_line=options.arterial_line,
    )
    asyncio.run(simulate(credential, showing, utc_now))


def _secret(options: argparse.Namespace) -> str:
    """From a file: what is typed on a command line is seen by everybody on the machine."""
    if options.client_secret_file:
        return str(options.client_secret_file.read_text("utf-8")).strip()
    if options.client_id:
        raise FeedRefused("--client-id needs --client-secret-file, too")
    return MONITOR_SECRET


def _put_on(credential: Credential, request_id: UUID) -> None:
    """As the demo's crew does it on their page."""
    crew = next(person.username for person in PEOPLE if person.role == "crew")
    answer = _call(
        credential, "POST", "/api/v1/sign-in", {"username": crew, "password": DEMO_PASSWORD}
    )
    token = str(answer["access_token"])
    listed = _call(credential, "GET", "/api/v1/monitors", None, token)["items"]
    assert isinstance(listed, list)  # noqa: S101 (a page of monitors)
    monitor = next((each["id"] for each in listed if each["revoked_at"] is None), None)
    path = f"/api/v1/service-requests/{request_id}/monitors"
    _call(credential, "POST", path, {"monitor_id": monitor}, token)


def _call(
    credential: Credential,
    method: str,
    path: str,
    body: dict[str, object] | None,
    token: str | None = None,
) -> dict[str, object]:
    line = line_to(credential)
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        line.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = line.getresponse()
        said: dict[str, object] = json.loads(answer.read() or b"{}")
    finally:
        line.close()
    if answer.status >= 300:
        raise FeedRefused(str(said.get("detail", f"{path} answered {answer.status}")))
    return said

"""The vehicle's own camera: an encoder publishes by WHIP, a specialist sees it, a screen too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from playwright.async_api import Page, expect

from app.cli.demo.world import DEVICE_SECRET, ENCODER_ID, SCREEN_ID
from tests.server import RunningServer
from tests.signalling.whip.browser import SCRIPT
from tests.stories.conftest import Newcomer, photograph, sign_in
from tests.stories.watching import received, wait_for_frames

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(600)]

ENCODER = Path(__file__).parents[1] / "signalling" / "whip" / "encoder.py"
DEBIAN_PYTHON = "/usr/bin/python3"
"""The one that Debian's GStreamer comes with."""
STROKE_SERVICE = "4bda3c1b-2b56-514f-88b3-6fed22548a45"
ENCODER_TOKEN = f"{ENCODER_ID}.{DEVICE_SECRET}"
SCREEN_TOKEN = f"{SCREEN_ID}.{DEVICE_SECRET}"
STEP_SECONDS = 20.0


@dataclass(frozen=True)
class Consultation:
    """Its encounter's id, and the address of the request it answers."""

    encounter_id: str
    request: str


@dataclass(frozen=True)
class Region:
    """The demo over its API, as those who work there."""

    http: httpx2.AsyncClient

    async def as_(self, username: str) -> dict[str, str]:
        answer = await self.http.post(
            "/api/v1/sign-in", json={"username": username, "password": "openconsult-demo"}
        )
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def ask(self) -> Consultation:
        """A crew asks and Dr Shah accepts."""
        crew, shah = await self.as_("jo.carter"), await self.as_("leila.shah")
        asked = await self.http.post(
            "/api/v1/service-requests",
            json={"id": str(uuid4()), "service_id": STROKE_SERVICE, "question": "Stroke?"},
            headers=crew,
        )
        request = f"/api/v1/service-requests/{asked.json()['id']}"
        accepted = await self.http.post(f"{request}/accept", headers=shah)
        return Consultation(str(accepted.json()["encounter_id"]), request)

    async def close(self, consultation: Consultation) -> None:
        """Dr Shah closes the request: nothing is left open for the next test."""
        closed = await self.http.post(
            f"{consultation.request}/close",
            json={"outcome": "conveyed", "advice": "Straight to CT."},
            headers=await self.as_("leila.shah"),
        )
        assert closed.status_code == 200, closed.text


@pytest.fixture
async def region(live_server: RunningServer) -> AsyncIterator[Region]:
    async with httpx2.AsyncClient(base_url=live_server.url, timeout=30) as http:
        yield Region(http)


@pytest.fixture
async def consultation(region: Region) -> AsyncIterator[Consultation]:
    asked = await region.ask()
    yield asked
    await region.close(asked)


class Encoder:
    """GStreamer's webrtcbin in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def until(self, step: str) -> None:
        """Wait until it says so."""
        assert self._process.stdout
        said = []
        async with asyncio.timeout(STEP_SECONDS):
            while line := (await self._process.stdout.readline()).decode().strip():
                said.append(line)
                if line == step:
                    return
        raise AssertionError(f"it ended after {said}")

    async def stop(self) -> None:
        """End it as its operator does: with a DELETE."""
        assert self._process.stdin
        self._process.stdin.close()
        await self.until("deleted")
        await self._process.wait()


@asynccontextmanager
async def encoding(url: str, token: str, codec: str) -> AsyncIterator[Encoder]:
    process = await asyncio.create_subprocess_exec(
        DEBIAN_PYTHON,
        str(ENCODER),
        url,
        codec,
        env={"WHIP_TOKEN": token, "PATH": "/usr/bin:/bin"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Encoder(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def doctor_at(people: Newcomer, consultation: Consultation) -> Page:
    doctor = await people()
    await sign_in(doctor, "leila.shah")
    await doctor.goto(f"/consultations/{consultation.encounter_id}")
    return doctor


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_a_specialist_sees_what_gstreamer_publishes(
    people: Newcomer, consultation: Consultation, live_server: RunningServer, codec: str
) -> None:
    doctor = await doctor_at(people, consultation)

    async with encoding(f"{live_server.url}/api/v1/whip", ENCODER_TOKEN, codec) as encoder:
        await encoder.until("connected")
        await wait_for_frames(doctor, more_than=25, within_ms=20_000)
        tile = doctor.get_by_text("VA214 (Roof camera)").first
        await expect(tile).to_be_visible()
        await photograph(doctor, f"encoder-{codec}")
        await encoder.stop()

    await expect(tile).to_be_hidden(timeout=10_000)


async def device_at(people: Newcomer, way: str, url: str, token: str) -> Page:
    """A page of our own origin with a client of a few lines in it, at work."""
    page = await people()
    await page.goto("/sign-in")
    await page.evaluate(SCRIPT)
    await page.evaluate(f"([url, token]) => {way}(url, token)", [url, token])
    return page


async def test_a_browser_publishes_and_restarts_and_a_screen_watches(
    people: Newcomer, consultation: Consultation, live_server: RunningServer
) -> None:
    api = f"{live_server.url}/api/v1"
    doctor = await doctor_at(people, consultation)
    camera = await device_at(people, "publish", f"{api}/whip", ENCODER_TOKEN)
    assert await camera.evaluate("trickle()") == 204
    await wait_for_frames(doctor, more_than=10)

    screen = await device_at(people, "watch", f"{api}/whep", SCREEN_TOKEN)
    await expect(doctor.get_by_text("Control room (screen watching VA214)").first).to_be_visible()
    assert (await received(screen)).frames == 0
    await photograph(doctor, "screen-waits")
    await doctor.get_by_role("button", name="Let in", exact=False).first.click()
    await wait_for_frames(screen, more_than=10)

    assert await camera.evaluate("restart()") == 200
    so_far = (await received(screen)).frames
    await wait_for_frames(screen, more_than=so_far + 25)

    assert await screen.evaluate("end()") == 200
    assert await camera.evaluate("end()") == 200
    tile = doctor.get_by_text("VA214 (Roof camera)").first
    await expect(tile).to_be_hidden(timeout=10_000)

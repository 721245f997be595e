"""A crew's phone: a Chromium with a profile on the disk, that can be killed and started again."""

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil
from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

from app.config import DEMO_PASSWORD
from bench.browser import FLAGS
from tests.server import STROKE

KEPT = re.compile("Kept on this phone")
WAIT_MS = 30_000
TRIES = 5
LEDGER = """async () => {
  const { Outbox } = await import(document.querySelector("link[href$='/offline/outbox.js']").href);
  const outbox = await Outbox.ofLast();
  return (await outbox?.list()) ?? [];
}"""


@dataclass(frozen=True)
class Kept:
    """One thing that waits on the phone."""

    id: str
    label: str
    happened_at: datetime
    state: str


@dataclass
class Phone:
    """In the hands of a crew."""

    playwright: Playwright
    profile: Path
    url: str
    _context: BrowserContext | None = field(default=None)

    @property
    def page(self) -> Page:
        """What it shows."""
        if self._context is None:
            raise LookupError("the browser is not running")
        return self._context.pages[0]

    def start(self) -> None:
        """Open the browser; it comes up empty."""
        self._context = self.playwright.chromium.launch_persistent_context(
            str(self.profile),
            executable_path=shutil.which("chromium"),
            args=[*FLAGS, "--disable-session-crashed-bubble"],
            viewport={"width": 390, "height": 844},
            permissions=["camera", "microphone"],
        )

    def close(self) -> None:
        """In order, with everything on the disk."""
        if self._context is not None:
            self._context.close()
            self._context = None

    def kill(self) -> None:
        """SIGKILL to the browser and all it started: nothing of it has a last word."""
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        with contextlib.suppress(Error):  # it is gone already
            self.close()
        self._context = None
        psutil.wait_procs(self._processes(), timeout=10)

    def _processes(self) -> list[psutil.Process]:
        mark = f"--user-data-dir={self.profile}"
        found = [
            each
            for each in psutil.process_iter(["cmdline"])
            if mark in (each.info["cmdline"] or ())
        ]
        return [child for each in found for child in (each, *_children(each))]

    def sign_in(self, username: str) -> None:
        """While there is a signal; the worker has its files when it is done."""
        self.page.goto(f"{self.url}/sign-in")
        self.page.fill("#username", username)
        self.page.fill("#password", DEMO_PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url("**/urgent")
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.page.wait_for_timeout(500)  # the telephone numbers are being kept

    def open_urgent(self) -> None:
        """As from the home screen."""
        self.go("/urgent")

    def go(self, path: str) -> None:
        """Perhaps in the very moment in which the page gives way to the real one."""
        for _ in range(TRIES):
            with contextlib.suppress(Error):
                self.page.goto(self.url + path)
                return
            self.page.wait_for_timeout(500)

    def open_request(self, request: str) -> None:
        """Back at the request; what is typed is kept from here on."""
        self.go(f"/urgent/{request}")
        self._await_open()

    def _await_open(self) -> None:
        self.page.locator("[data-details]:not([inert])").wait_for(timeout=WAIT_MS)

    def ask(self, question: str) -> str:
        """Ask the stroke team now; the request's id from its page."""
        page = self.page
        page.get_by_role("radio", name=STROKE).check()
        page.fill("#question", question)
        page.get_by_role("button", name="Ask now").click()
        page.wait_for_url(re.compile("/urgent/[0-9a-f-]{36}"), timeout=WAIT_MS)
        self._await_open()
        expect(page.locator("[data-kept-words]")).to_contain_text("kept on this phone")
        return page.url.rsplit("/", 1)[1]

    def ledger(self) -> list[Kept]:
        """What the phone itself says it keeps, in order."""
        found = self.page.evaluate(LEDGER)
        return [
            Kept(
                each["id"],
                each["label"],
                datetime.fromisoformat(each["happenedAt"]),
                each["state"],
            )
            for each in found
        ]


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        children: list[psutil.Process] = process.children(recursive=True)
        return children
    except psutil.NoSuchProcess:
        return []


@contextlib.contextmanager
def phone(playwright: Playwright, profile: Path, url: str) -> Iterator[Phone]:
    """A phone that is put away at the end."""
    held = Phone(playwright, profile, url)
    held.start()
    try:
        yield held
    finally:
        held.kill()

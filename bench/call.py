"""A patient and a GP in a call on a server of our own, brought there through the pages alone."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from app.config import DEMO_PASSWORD
from bench.browser import WAIT_MS, click_to_picture_ms, click_to_usable_ms, somebody
from tests.server import RunningServer, running_server

CLINICIANS = ("amara.okafor", "ben.hughes")
LINK = re.compile(r"Patient\s+(\S+#\S+)")
BIRTH_DATE = {"day": "15", "month": "3", "year": "1951"}


@dataclass(frozen=True)
class Call:
    """The two, and where they are."""

    browser: Browser
    url: str
    clinician: Page
    patient: Page
    encounter_path: str
    username: str

    def clinician_joins(self) -> float:
        """Back to the day's list and into the call again, in milliseconds."""
        self.clinician.goto(f"{self.url}/today")
        self.clinician.click(f"a[href='{self.encounter_path}'] >> visible=true >> nth=0")
        return click_to_picture_ms(self.clinician)

    def patient_joins(self) -> float:
        """Back to the device check and into the call again, in milliseconds."""
        self.patient.goto(f"{self.url}/visit/ready")
        self.patient.click("[data-join-call]")
        return click_to_picture_ms(self.patient)

    @contextmanager
    def parked(self) -> Iterator[None]:
        """Both away for the length of a block, so that their pictures take nobody's time."""
        for page in (self.clinician, self.patient):
            page.goto("about:blank")
        yield
        self.clinician.goto(self.url + self.encounter_path)
        self.patient.goto(f"{self.url}/visit/call")
        for page in (self.clinician, self.patient):
            page.evaluate("firstPicture")

    def signs_in(self) -> float:
        """The clinician in a fresh browser: until the day's list is there, in milliseconds."""
        with somebody(self.browser) as page:
            sign_in(page, self.url, self.username)
            page.wait_for_selector("#day table", timeout=WAIT_MS)
            return click_to_usable_ms(page)


@contextmanager
def a_call(browser: Browser) -> Iterator[Call]:
    """A server with demo data, its patient let in by the GP they are booked with."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "data") as server,
        somebody(browser) as patient,
        somebody(browser) as clinician,
    ):
        wait_as_patient(patient, server)
        username = sign_in_as_whoever_is_waited_for(clinician, server.url)
        clinician.click(".app-waiting__person a")
        clinician.click("[data-admit]", timeout=WAIT_MS)
        click_to_picture_ms(clinician)
        click_to_picture_ms(patient)
        path = clinician.url.removeprefix(server.url).partition("#")[0]
        yield Call(browser, server.url, clinician, patient, path, username)


def wait_as_patient(page: Page, server: RunningServer) -> None:
    """From the link to the waiting room."""
    page.goto(LINK.findall(server.greeting)[0])
    for part, value in BIRTH_DATE.items():
        page.fill(f"[name={part}]", value)
    page.click("[data-form='birth-date'] button")
    page.wait_for_url(re.compile("/visit"), timeout=WAIT_MS)
    page.goto(f"{server.url}/visit/ready")
    page.click("[data-join-call]", timeout=WAIT_MS)
    page.wait_for_url(re.compile("/visit/call"), timeout=WAIT_MS)


def sign_in_as_whoever_is_waited_for(page: Page, url: str) -> str:
    """The GP whose list shows somebody waiting; the name they sign in with."""
    for username in CLINICIANS:
        sign_in(page, url, username)
        page.wait_for_selector("#day", timeout=WAIT_MS)
        if page.query_selector(".app-waiting__person"):
            return username
        page.context.clear_cookies()
    raise AssertionError("nobody's list shows the patient waiting")


def sign_in(page: Page, url: str, username: str) -> None:
    """With the demo's password, as a person does."""
    page.goto(f"{url}/sign-in")
    page.fill("#username", username)
    page.fill("#password", DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

"""The form of the rules of messages."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time

import httpx2
import pytest

from app.database import Database
from app.notifications import policy_of
from app.web.messaging_rules import choices, in_words
from tests.clinic import Clinic, open_clinic
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
FORM = {
    "reminder_minutes": ["1440", "60"],
    "quiet_from": "22:00",
    "quiet_to": "07:00",
    "media": ["sms"],
    "sender_name": "Riverside",
    "offer_minutes": "45",
    "version": "0",
}


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
async def office(clinic: Clinic, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    administrator = replace(clinic.scheduler, roles=frozenset({"administrator"}))
    people = People(office=administrator, desk=clinic.scheduler)
    async with client(service(database_url, people), "office") as opened:
        opened.headers["Accept"] = "text/html"
        yield opened


async def test_the_rules_are_shown_and_saved(office: httpx2.AsyncClient, clinic: Clinic) -> None:
    shown = await office.get("/messages-rules")

    saved = await office.post("/messages-rules", data=FORM)

    after = await office.get(saved.headers["Location"])
    async with clinic.database.transaction(clinic.actor) as session:
        policy = await policy_of(session)
    assert 'value="21:00"' in shown.text
    assert saved.status_code == 303
    assert "The rules hold from now on" in after.text
    assert (policy.reminder_minutes, policy.quiet_from) == ([1440, 60], time(22))
    assert (policy.email_enabled, policy.sms_enabled, policy.offer_minutes) == (False, True, 45)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("quiet_from", "evening", "Enter the time as hours and minutes, like 21:00"),
        ("offer_minutes", "soon", "Enter a number of minutes"),
        ("sender_name", "x" * 41, "40 characters or fewer"),
        ("reminder_minutes", ["60", "120", "240", "1440", "2880", "4320"], "Choose at most 5"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    office: httpx2.AsyncClient, field: str, typed: object, words: str
) -> None:
    page = await office.post("/messages-rules", data=FORM | {field: typed})

    assert page.status_code == 422
    assert page.text.count(words) == 2  # in the summary, and at the field
    assert 'value="Riverside"' in page.text or field == "sender_name"


async def test_who_was_second_sees_the_first_ones_rules(office: httpx2.AsyncClient) -> None:
    await office.post("/messages-rules", data=FORM)

    page = await office.post("/messages-rules", data=FORM | {"quiet_from": "23:00"})

    assert page.status_code == 412
    assert "Somebody else has just changed the rules" in page.text
    assert 'value="22:00"' in page.text


async def test_no_reminder_at_all_can_be_chosen(office: httpx2.AsyncClient, clinic: Clinic) -> None:
    none = {name: value for name, value in FORM.items() if name != "reminder_minutes"}

    await office.post("/messages-rules", data=none)

    async with clinic.database.transaction(clinic.actor) as session:
        assert (await policy_of(session)).reminder_minutes == []


async def test_only_administrators_see_them(office: httpx2.AsyncClient) -> None:
    assert (await office.get("/messages-rules", headers={ACTING: "desk"})).status_code == 403


def test_reminders_are_said_in_the_largest_unit_that_fits() -> None:
    minutes = (10_080, 2_880, 1_440, 120, 60, 90)

    assert [in_words(number) for number in minutes] == [
        "1 week before",
        "2 days before",
        "1 day before",
        "2 hours before",
        "1 hour before",
        "90 minutes before",
    ]


def test_a_reminder_that_was_set_elsewhere_is_not_lost() -> None:
    chosen = [choice.minutes for choice in choices([90, 60]) if choice.checked]

    assert chosen == [90, 60]

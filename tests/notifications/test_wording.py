"""The words: plain, in local time, short enough, and with nothing clinical in them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database import Database
from app.models import Appointment, HealthcareService, MessagingPolicy, Practitioner
from app.notifications.facts import Facts, facts_of
from app.notifications.invitations import Invited, invitation
from app.notifications.kinds import Kind
from app.notifications.sms import segments
from app.notifications.wording import LONGEST_SMS, letter_of, sms_of
from tests.encounters.world import NOON
from tests.notifications.world import booked, reachable_practice

START = datetime(2026, 7, 6, 8, 30, tzinfo=UTC)
FACTS = Facts(
    sender="Riverside Surgery",
    practitioner="Dr Amara Okafor",
    phone="01632 960001",
    start=START,
    end=START + timedelta(minutes=15),
    zone="Europe/London",
    channel="video",
    link=f"https://consult.example.org/join#{'a' * 32}",
)
KINDS: tuple[Kind, ...] = get_args(Kind)
PLANTED = "Zebrafinch"
names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=80)


def test_a_confirmation_says_when_with_whom_and_how_to_join() -> None:
    assert sms_of("confirmation", FACTS) == (
        "Riverside Surgery: your video appointment with Dr Amara Okafor is booked for"
        " Mon 6 Jul at 9:30am BST. Questions: 01632 960001."
        f" Join, move or cancel: {FACTS.link}"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_usual_texts_are_two_messages_at_most(kind: Kind) -> None:
    assert segments(sms_of(kind, FACTS)) <= 2


def test_a_cancellation_says_how_to_book_again() -> None:
    words = sms_of("cancellation", replace(FACTS, link=""))

    assert words.endswith("is cancelled. To book again, ring 01632 960001.")


def test_an_offer_says_until_when() -> None:
    offer = replace(FACTS, answer_by=START - timedelta(hours=20))

    assert "Please answer by Sun 5 Jul at 1:30pm BST" in sms_of("offer", offer)


def test_a_zone_without_letters_is_named_by_its_offset() -> None:
    there = replace(FACTS, zone="Australia/Lord_Howe")

    assert "at 7pm UTC+10:30" in sms_of("reminder", there)


def test_an_appointment_without_a_link_names_the_number_to_change_it() -> None:
    by_phone = replace(FACTS, channel="telephone", link="")

    assert "To move or cancel it, ring 01632 960001." in letter_of("confirmation", by_phone).text


@given(names, names, st.sampled_from(KINDS), st.sampled_from(["video", "telephone", "in-person"]))
def test_long_names_give_way_and_the_link_stays(
    sender: str, practitioner: str, kind: Kind, channel: str
) -> None:
    facts = replace(FACTS, sender=sender, practitioner=practitioner, channel=channel)

    words = sms_of(kind, facts)

    assert len(words) <= LONGEST_SMS
    assert words.endswith(FACTS.link)


@given(names, st.sampled_from(KINDS))
def test_no_name_becomes_markup(name: str, kind: Kind) -> None:
    html = letter_of(kind, replace(FACTS, practitioner=f"<b>{name}", sender=f"</p>{name}")).html

    assert "<b>" not in html
    assert html.count("<p>") == html.count("</p>")


@pytest.mark.anyio
@pytest.mark.database
async def test_nothing_of_reason_service_specialty_or_patient_gets_into_any_words(
    database: Database,
) -> None:
    """Facts are read from records in which every clinical or personal word is planted."""
    house = await reachable_practice(database)
    visit = await booked(house)
    async with house.acting() as session:
        appointment = await session.get_one(Appointment, visit.appointment_id)
        appointment.reason = appointment.cancellation_reason = f"{PLANTED} reason"
        appointment.cancellation_code = PLANTED
        service = await session.get_one(HealthcareService, house.service_id)
        service.name, service.specialty = f"{PLANTED} clinic", PLANTED
        practitioner = await session.get_one(Practitioner, house.practitioner_id)
        practitioner.registration = PLANTED
        await session.flush()
        policy = MessagingPolicy(sender_name="")
        facts = await facts_of(session, appointment, policy, link=FACTS.link)
    invited = Invited(appointment.id, 0, "a@example.org", "b@example.org", NOON)

    said = [sms_of(kind, facts) for kind in KINDS]
    said += [f"{letter_of(kind, facts)}" for kind in KINDS]
    said += [invitation(method, facts, invited).decode() for method in ("REQUEST", "CANCEL")]

    for words in said:
        assert PLANTED not in words
        assert "Joan" not in words
        assert "Ashworth" not in words
        assert "Riverside Surgery" in words.replace("\r\n ", "")

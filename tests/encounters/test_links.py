"""A link opens to the right date of birth, three tries long, from any device, until it ends."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import encounters
from app.errors import DuplicateRecord, EncounterOver, Forbidden, LinkExpired
from app.models import AuditEvent, Encounter, JoinLink
from tests.encounters.world import BIRTH_DATE, NOON, Planned, Practice, planned

pytestmark = [pytest.mark.anyio, pytest.mark.database]

WRONG = date(1999, 9, 9)


async def opened(house: Practice, secret: str, *, days: int = 0) -> encounters.OpenedLink:
    async with house.at_the_door() as session:
        return await encounters.open_link(session, secret, now=NOON + timedelta(days=days))


async def confirm(house: Practice, visit: Planned, day: date) -> encounters.Confirmation:
    async with house.at_the_door() as session:
        return await encounters.confirm_birth_date(session, visit.secret, day, now=NOON)


async def invitation(
    house: Practice, visit: Planned, id: UUID | None = None
) -> encounters.Invitation:
    async with house.acting() as session:
        return await encounters.invite(
            session,
            visit.encounter_id,
            id=id or uuid4(),
            name="Maria Lopez",
            role_label="interpreter",
            now=NOON,
        )


async def test_a_link_says_where_it_leads_and_nothing_of_the_patient(house: Practice) -> None:
    visit = await planned(house)

    found = await opened(house, visit.secret)

    assert (found.stage, found.organization, found.with_name) == (
        "birth-date",
        "Riverside Surgery",
        "Dr Amara Okafor",
    )
    assert (found.starts_at, found.opens_at) == (NOON, NOON - timedelta(minutes=30))
    assert found.phone == "01632 960002"


async def test_only_a_digest_of_160_bits_is_kept(house: Practice) -> None:
    visit = await planned(house)

    async with house.acting() as session:
        link = (await session.scalars(select(JoinLink))).one()

    assert len(visit.secret) == 32
    assert len(link.secret_digest) == 32
    assert visit.secret.encode() not in link.secret_digest


async def test_a_secret_typed_in_capitals_with_spaces_works(house: Practice) -> None:
    visit = await planned(house)

    found = await opened(house, f" {visit.secret[:16]} {visit.secret[16:]} ".upper())

    assert found.participant.id == visit.patient


@pytest.mark.parametrize("days", [2, 400])
async def test_an_old_link_has_ended(house: Practice, days: int) -> None:
    visit = await planned(house)

    with pytest.raises(LinkExpired):
        await opened(house, visit.secret, days=days)


@pytest.mark.parametrize("secret", ["", "a" * 32, "☃", "\x00"])
async def test_a_made_up_link_was_never_ours(house: Practice, secret: str) -> None:
    with pytest.raises(LinkExpired):
        await opened(house, secret)


async def test_the_right_date_gives_a_principal(house: Practice) -> None:
    visit = await planned(house)

    answer = await confirm(house, visit, BIRTH_DATE)

    assert answer.principal is not None
    assert (answer.principal.kind, answer.principal.participant_id) == ("patient", visit.patient)
    assert answer.principal.encounter_id == visit.encounter_id


async def test_three_wrong_dates_lock_the_link_for_the_right_one_too(house: Practice) -> None:
    visit = await planned(house)

    answers = [await confirm(house, visit, WRONG) for _ in range(3)]
    right = await confirm(house, visit, BIRTH_DATE)

    assert [answer.tries_left for answer in answers] == [2, 1, 0]
    assert right == encounters.Confirmation(None, 0)
    assert (await opened(house, visit.secret)).stage == "locked"


async def test_a_wrong_date_is_on_record(house: Practice) -> None:
    visit = await planned(house)

    await confirm(house, visit, WRONG)

    async with house.acting() as session:
        rows = await session.scalars(select(AuditEvent.what).where(AuditEvent.outcome == "refused"))
    assert rows.all() == ["confirm birth date"]


async def test_a_right_date_gives_the_tries_back(house: Practice) -> None:
    visit = await planned(house)
    await confirm(house, visit, WRONG)

    answer = await confirm(house, visit, BIRTH_DATE)

    assert answer.tries_left == 3


async def test_a_guest_comes_in_by_name(house: Practice) -> None:
    visit = await planned(house)
    invited = await invitation(house, visit)

    stage = (await opened(house, invited.secret)).stage
    async with house.at_the_door() as session:
        answer = await encounters.confirm_name(session, invited.secret, "Maria L", now=NOON)

    assert stage == "name"
    assert answer.principal is not None
    assert (answer.principal.kind, answer.principal.name) == ("guest", "Maria L (interpreter)")


async def test_a_patient_is_not_confirmed_by_a_name(house: Practice) -> None:
    visit = await planned(house)

    async with house.at_the_door() as session:
        answer = await encounters.confirm_name(session, visit.secret, "Joan", now=NOON)

    assert answer.principal is None


async def test_a_guest_is_not_confirmed_by_a_date(house: Practice) -> None:
    visit = await planned(house)
    invited = await invitation(house, visit)

    async with house.at_the_door() as session:
        answer = await encounters.confirm_birth_date(session, invited.secret, WRONG, now=NOON)

    assert answer.principal is None


async def test_patients_invite_nobody(house: Practice) -> None:
    visit = await planned(house)

    with pytest.raises(Forbidden):
        async with house.acting(visit.patient_principal) as session:
            await encounters.invite(
                session, visit.encounter_id, id=uuid4(), name="Eve", role_label="", now=NOON
            )


async def test_nobody_is_invited_to_what_is_over(house: Practice) -> None:
    visit = await planned(house)
    async with house.acting() as session:
        (await session.get_one(Encounter, visit.encounter_id)).become("cancelled")

    with pytest.raises(EncounterOver):
        await invitation(house, visit)


async def test_a_guest_invited_twice_after_a_lost_answer_has_one_seat(house: Practice) -> None:
    visit, seat = await planned(house), uuid4()

    links = [await invitation(house, visit, seat) for _ in range(2)]
    doors = [await opened(house, link.secret) for link in links]

    assert [link.participant_id for link in links] == [seat, seat]
    assert [door.stage for door in doors] == ["name", "name"]
    async with house.acting() as session:
        people = await encounters.participants_of(session, visit.encounter_id)
    assert [person.role for person in people] == ["clinician", "patient", "guest"]


async def test_a_guests_id_takes_nobody_elses_seat(house: Practice) -> None:
    visit, other = await planned(house), await planned(house, start=NOON + timedelta(days=1))
    seat = uuid4()
    await invitation(house, visit, seat)

    with pytest.raises(DuplicateRecord):
        await invitation(house, other, seat)
    with pytest.raises(DuplicateRecord):
        await invitation(house, visit, visit.patient)

"""One handover from all that is on record."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import observations, referrals
from app.errors import Forbidden, ResourceNotFound
from app.models import AuditEvent, Patient, ServiceRequest
from app.referrals import forms, handover
from app.referrals.forms import Typed
from tests.referrals.world import NOON, Region, staff

pytestmark = [pytest.mark.anyio, pytest.mark.database]
MINUTE = timedelta(minutes=1)


async def case_of(region: Region) -> UUID:
    """Asked, measured, typed and answered."""
    patient_id, request_id = uuid4(), uuid4()
    async with region.acting(region.crew) as session:
        session.add(
            Patient(
                id=patient_id,
                organization_id=region.crew.organization_id,
                nhs_number="9990000018",
                given_name="Ada",
                family_name="Moss",
                birth_date=NOON.date().replace(year=1955),
                gender="female",
            )
        )
        await session.flush()
        asked = referrals.Asked(
            service_id=region.service_id,
            question="Stroke?",
            id=request_id,
            patient_id=patient_id,
            age_years=71,
            sex="female",
            call_sign="A12",
        )
        await referrals.raise_request(session, asked, now=NOON)
        pulse = observations.Measurement(code="heart-rate", taken_at=NOON + MINUTE, value=104)
        await observations.record_for_request(session, request_id, pulse, now=NOON + MINUTE)
        typed = [
            Typed("situation", "Weak left arm", NOON + 2 * MINUTE),
            Typed(f"{forms.TREATMENT}{uuid4()}", {"what": "oxygen", "dose": "2 l"}, NOON + MINUTE),
            Typed("eta_minutes", 14, NOON + 2 * MINUTE),
        ]
        await forms.type_fields(session, request_id, typed, now=NOON + 3 * MINUTE)
    async with region.acting(region.shah) as session:
        await referrals.accept(session, request_id, now=NOON + 4 * MINUTE)
    return request_id


async def test_all_that_is_known_is_in_it_and_in_order(region: Region) -> None:
    request_id = await case_of(region)

    async with region.acting(region.crew) as session:
        found = await handover.handover(session, request_id, now=NOON + 5 * MINUTE)

    assert found.title == "Ada Moss, 71 years, female"
    assert [fact.value for fact in found.patient][-1] == "999 000 0018"
    assert found.sbar[0].words == "Weak left arm"
    assert found.treatments == ("Oxygen, 2 l",)
    assert found.observations.rows[0].values == ("104",)
    assert found.news2 is not None
    assert not found.is_final
    assert "said by the crew" in found.journey[-1].value
    assert [one.at for one in found.timeline] == sorted(one.at for one in found.timeline)
    words = " ".join(one.words for one in found.timeline)
    for said in ("asked for advice", "was rung", "pulse 104", "Situation", "answered"):
        assert said in words


async def test_where_they_are_and_when_they_are_due_is_said_when_the_time_has_come(
    region: Region,
) -> None:
    request_id = await case_of(region)
    async with region.acting(region.crew) as session:
        request = await session.get_one(ServiceRequest, request_id)
        request.place, request.latitude, request.longitude = "A64 at Seacroft", 53.8008, -1.5491

    async with region.acting(region.crew) as session:
        soon = await handover.handover(session, request_id, now=NOON + 15 * MINUTE)
        late = await handover.handover(session, request_id, now=NOON + 40 * MINUTE)

    assert soon.journey[0].value == "A64 at Seacroft. 53.8008° N, 1.5491° W"
    assert soon.journey[-1].value.endswith(", in 1 minute (said by the crew)")
    assert late.journey[-1].value.startswith("due at ")


async def test_the_other_house_does_not_read_the_crews_patient(region: Region) -> None:
    request_id = await case_of(region)

    async with region.acting(region.shah) as session:
        found = await handover.handover(session, request_id, now=NOON)

    assert [(fact.name, fact.value) for fact in found.patient] == [("Identity", "Not confirmed")]
    assert found.sbar[0].words == "Weak left arm"


async def test_advice_is_in_it_once_it_was_given_and_then_it_is_final(region: Region) -> None:
    request_id = await case_of(region)
    async with region.acting(region.shah) as session:
        await referrals.close(
            session, request_id, outcome="conveyed", advice="Straight to CT.", now=NOON + 9 * MINUTE
        )

    async with region.acting(region.crew) as session:
        found = await handover.handover(session, request_id, now=NOON + 9 * MINUTE)

    assert [(one.by, one.outcome, one.words) for one in found.advice] == [
        ("Nina Shah", "Taken to hospital", "Straight to CT.")
    ]
    assert found.is_final


async def test_reading_it_is_on_record_and_only_for_the_two_sides(region: Region) -> None:
    request_id = await region.ask()
    async with region.acting(region.shah) as session:
        await handover.handover(session, request_id, now=NOON)
        done = set(await session.scalars(select(AuditEvent.what)))
    assert "read handover" in done

    clerk = await staff(region.database, region.shah.organization_id, "scheduler", "Pat", "Quinn")
    async with region.acting(clerk) as session:
        with pytest.raises(Forbidden):
            await handover.handover(session, request_id, now=NOON)
        with pytest.raises(ResourceNotFound):
            await handover.handover(session, uuid4(), now=NOON)

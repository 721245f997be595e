"""A number and when it is texted: chosen by its owner, never by two at once."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from app.errors import Forbidden, InvalidInput, StaleVersion
from app.notifications import rings
from app.notifications.rings import NewPreference
from tests.notifications.rings.ward import MOBILE, Ward

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_until_somebody_chooses_they_are_texted_nowhere(ward: Ward) -> None:
    async with ward.region.acting(ward.region.shah) as session:
        usual = await rings.preference_of(session)

    assert (usual.mobile, usual.text_when, usual.version) == ("", "no-device", 0)


async def test_a_choice_is_kept_and_changed(ward: Ward) -> None:
    await ward.prefer(ward.region.shah, "always")

    async with ward.region.acting(ward.region.shah) as session:
        wanted = NewPreference(mobile=MOBILE, text_when="never")
        changed = await rings.set_preference(session, wanted, version=1)
    async with ward.region.acting(ward.region.lund) as session:
        others = await rings.preference_of(session)

    assert (changed.text_when, changed.version) == ("never", 2)
    assert others.mobile == ""


@pytest.mark.parametrize("version", [0, 7])
async def test_a_choice_over_one_that_was_not_read_is_refused(ward: Ward, version: int) -> None:
    await ward.prefer(ward.region.shah, "always")

    async with ward.region.acting(ward.region.shah) as session:
        with pytest.raises(StaleVersion):
            await rings.set_preference(session, NewPreference(), version=version)


async def test_always_needs_a_number(ward: Ward) -> None:
    async with ward.region.acting(ward.region.shah) as session:
        with pytest.raises(InvalidInput):
            await rings.set_preference(session, NewPreference(text_when="always"), version=0)


async def test_only_staff_choose(ward: Ward) -> None:
    system = replace(ward.region.shah, practitioner_id=None)

    async with ward.region.acting(system) as session:
        with pytest.raises(Forbidden):
            await rings.set_preference(session, NewPreference(), version=0)


@pytest.mark.parametrize("mobile", ["0113 496 0222", "tel:07700900123", "12", "+4477009001234567"])
async def test_what_cannot_be_texted_is_no_mobile_number(mobile: str) -> None:
    with pytest.raises(ValidationError):
        NewPreference(mobile=mobile)

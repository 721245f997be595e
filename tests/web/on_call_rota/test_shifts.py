"""A line of the rota is added, changed and ended; what is wrong is said at its field."""

import httpx2
import pytest
from sqlalchemy import select

from app.models import OnCallShift
from tests.referrals.world import Region
from tests.web.on_call_rota.forms import shift, value_of

pytestmark = [pytest.mark.anyio, pytest.mark.database]
NEW = "/on-call/rota/shifts/new"


async def stored(region: Region) -> OnCallShift:
    async with region.acting(region.shah) as session:
        return (await session.scalars(select(OnCallShift))).one()


async def test_a_shift_is_added_changed_and_ended(http: httpx2.AsyncClient, region: Region) -> None:
    added = await http.post(NEW, data=shift(region))
    first = await stored(region)
    path = f"/on-call/rota/shifts/{first.id}"
    form = (await http.get(path)).text
    await http.post(path, data=shift(region, end_time="22:00", version="1"))
    second = await stored(region)
    await http.post(f"{path}/end", data={"version": str(second.version)})

    assert added.headers["location"].endswith("done=saved")
    assert 'value="20:00"' in form
    assert f"{second.end_time:%H:%M}" == "22:00"
    assert not (await stored(region)).active


async def test_a_form_posted_twice_adds_one_line_and_another_after_a_change(
    http: httpx2.AsyncClient, region: Region
) -> None:
    opened = (await http.get(f"{NEW}?service_id={region.service_id}")).text
    typed = shift(region, form_id=value_of("form_id", opened))

    answers = [await http.post(NEW, data=typed) for _ in range(2)]
    once = await stored(region)
    await http.post(NEW, data={**typed, "layer": "2"})

    assert [each.headers["location"][-5:] for each in answers] == ["saved", "saved"]
    async with region.acting(region.shah) as session:
        layers = [each.layer for each in (await session.scalars(select(OnCallShift))).all()]
    assert (once.layer, sorted(layers)) == (1, [1, 2])


async def test_a_change_of_what_somebody_else_changed_is_not_made(
    http: httpx2.AsyncClient, region: Region
) -> None:
    await http.post(NEW, data=shift(region))
    path = f"/on-call/rota/shifts/{(await stored(region)).id}"

    answers = [
        await http.post(path, data=shift(region, end_time=end, version="1"))
        for end in ("21:00", "22:00")
    ]
    ended = await http.post(f"{path}/end", data={"version": "1"})

    assert [each.headers["location"][-5:] for each in (*answers, ended)] == [
        "saved",
        "stale",
        "stale",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"practitioner_id": ""}, "Choose somebody who takes this service"),
        ({"weekdays": []}, "Choose at least one day"),
        ({"start_time": "soon"}, "Enter when it begins, like 08:00"),
        ({"valid_to": "2026-10-01"}, "Enter a last day that is not before the first"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    http: httpx2.AsyncClient, region: Region, changes: dict[str, object], words: str
) -> None:
    refused = await http.post(NEW, data=shift(region, **changes))

    assert refused.status_code == 422
    assert words in refused.text


async def test_another_houses_service_has_no_form(http: httpx2.AsyncClient) -> None:
    assert (
        await http.get(f"{NEW}?service_id=00000000-0000-4000-8000-000000000000")
    ).status_code == 404

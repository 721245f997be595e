"""Services over HTTP."""

import httpx2
import pytest

from tests.clinic import Clinic
from tests.routers.bodies import key

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/healthcare-services"


async def test_added_once_and_listed(
    desk: httpx2.AsyncClient, clinic: Clinic, office: dict[str, str]
) -> None:
    body = {"name": "Asthma review", "specialty": "respiratory", "slot_minutes": 20}

    call = office | key()
    added, repeated = [await desk.post(PATH, json=body, headers=call) for _ in range(2)]
    again = await desk.post(PATH, json=body, headers=office | key())
    listed = (await desk.get(PATH)).json()["items"]

    assert (added.status_code, again.status_code) == (201, 409)
    assert (repeated.status_code, repeated.content) == (201, added.content)
    assert listed[0] == added.json()
    assert listed[1]["id"] == str(clinic.service_id)


async def test_only_the_administrator_adds(desk: httpx2.AsyncClient) -> None:
    refused = await desk.post(
        PATH, json={"name": "Asthma review", "specialty": "respiratory"}, headers=key()
    )

    assert refused.status_code == 403


async def test_the_rules_for_patients_are_changed_by_version(
    desk: httpx2.AsyncClient, clinic: Clinic, office: dict[str, str]
) -> None:
    where = f"{PATH}/{clinic.service_id}"
    rules = {
        "patients_may_change": False,
        "change_cutoff_days": 2,
        "change_cutoff_time": "12:30",
        "most_patient_moves": 1,
    }
    read = await desk.get(where)

    blind = await desk.patch(where, json=rules, headers=office)
    by_desk = await desk.patch(where, json=rules, headers={"If-Match": '"1"'})
    changed = await desk.patch(
        where, json=rules, headers={**office, "If-Match": read.headers["etag"]}
    )
    stale = await desk.patch(where, json=rules, headers={**office, "If-Match": '"1"'})

    assert (blind.status_code, by_desk.status_code, stale.status_code) == (428, 403, 412)
    assert changed.status_code == 200
    assert changed.json() == read.json() | rules | {"version": 2}
    assert (await desk.get(where)).json() == changed.json()


@pytest.mark.parametrize(
    "wrong",
    [
        {"change_cutoff_days": -1},
        {"change_cutoff_time": "25:00"},
        {"most_patient_moves": 101},
        {"urgent": True},
        {"name": ""},
    ],
)
async def test_a_rule_that_makes_no_sense_is_named(
    desk: httpx2.AsyncClient, clinic: Clinic, office: dict[str, str], wrong: dict[str, object]
) -> None:
    refused = await desk.patch(
        f"{PATH}/{clinic.service_id}", json=wrong, headers={**office, "If-Match": '"1"'}
    )

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == next(iter(wrong))

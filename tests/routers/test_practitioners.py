"""Members of staff over HTTP."""

import httpx2
import pytest

from tests.clinic import Clinic
from tests.routers.bodies import key

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/practitioners"
PAT = {"given_name": "Pat", "family_name": "Cole"}


async def test_entered_given_a_role_changed_and_read(
    desk: httpx2.AsyncClient, office: dict[str, str]
) -> None:
    added = await desk.post(PATH, json=PAT, headers=office | key())
    where = added.headers["location"]
    given = await desk.post(f"{where}/roles", json={"role": "crew"}, headers=office | key())
    changed = await desk.patch(
        where, json={"title": "Ms"}, headers={**office, "If-Match": added.headers["etag"]}
    )
    read = await desk.get(where)

    assert (added.status_code, given.status_code, changed.status_code) == (201, 201, 200)
    assert read.json() == changed.json()
    assert (read.json()["name"], read.headers["etag"]) == ("Ms Pat Cole", '"2"')
    assert [role["role"] for role in read.json()["roles"]] == ["crew"]


async def test_sent_twice_they_are_entered_once_with_one_role(
    desk: httpx2.AsyncClient, office: dict[str, str]
) -> None:
    entering, giving = office | key(), office | key()

    first, second = [await desk.post(PATH, json=PAT, headers=entering) for _ in range(2)]
    roles = f"{first.headers['location']}/roles"
    given, again = [await desk.post(roles, json={"role": "crew"}, headers=giving) for _ in range(2)]
    without = await desk.post(PATH, json=PAT, headers=office)

    assert (second.status_code, second.content) == (201, first.content)
    assert (again.status_code, again.content) == (201, given.content)
    assert without.json()["type"] == "/problems/idempotency-key-required"
    named = [each["family_name"] for each in (await desk.get(PATH)).json()["items"]]
    assert named.count("Cole") == 1


async def test_listed_by_role(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    doctors = (await desk.get(f"{PATH}?role=clinician")).json()["items"]
    crews = (await desk.get(f"{PATH}?role=crew")).json()["items"]

    assert [doctor["family_name"] for doctor in doctors] == ["Adams", "Brown"]
    assert doctors[0]["id"] == str(clinic.doctor_id)
    assert crews == []


async def test_only_the_administrator_changes_staff(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    assert (await desk.post(PATH, json=PAT, headers=key())).status_code == 403
    changed = await desk.patch(f"{PATH}/{clinic.doctor_id}", json=PAT, headers={"If-Match": '"1"'})
    assert changed.status_code == 403


async def test_a_null_is_no_change(
    desk: httpx2.AsyncClient, clinic: Clinic, office: dict[str, str]
) -> None:
    refused = await desk.patch(
        f"{PATH}/{clinic.doctor_id}",
        json={"active": None},
        headers={**office, "If-Match": '"1"'},
    )

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "active")


async def test_languages_are_tags_each_once(
    desk: httpx2.AsyncClient, clinic: Clinic, office: dict[str, str]
) -> None:
    where = f"/api/v1/practitioners/{clinic.doctor_id}"
    version = {**office, "If-Match": '"1"'}

    wrong = await desk.patch(where, json={"languages": ["English"]}, headers=version)
    changed = await desk.patch(
        where, json={"languages": ["en", "cy", "zh-Hant", "en"]}, headers=version
    )

    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "languages.0")
    assert changed.json()["languages"] == ["en", "cy", "zh-Hant"]

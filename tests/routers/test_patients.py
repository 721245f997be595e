"""Patients over HTTP. Nothing of them is in an address."""

import httpx2
import pytest

from tests.clinic import Clinic, open_clinic
from tests.routers.bodies import key
from tests.routers.service import ACTING

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/patients"
ANN = {
    "nhs_number": "943 476 5919",
    "given_name": "Ann",
    "family_name": "Lee",
    "birth_date": "1971-02-03",
}


async def test_registered_found_changed_and_read(desk: httpx2.AsyncClient) -> None:
    added = await desk.post(PATH, json=ANN, headers=key())
    found = await desk.post(f"{PATH}/search", json={"nhs_number": "9434765919"})
    changed = await desk.patch(
        added.headers["location"],
        json={"phone": "020 7946 0000"},
        headers={"If-Match": added.headers["etag"]},
    )
    read = await desk.get(added.headers["location"])

    assert added.status_code == 201
    assert found.json()["items"] == [added.json()]
    assert (changed.status_code, changed.json()["phone"]) == (200, "020 7946 0000")
    assert (read.json(), read.headers["etag"]) == (changed.json(), '"2"')


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"nhs_number": "943 476 5918"}, "nhs_number"),
        ({"birth_date": "2999-01-01"}, "birth_date"),
        ({"family_name": ""}, "family_name"),
        ({"age": 55}, "age"),
    ],
)
async def test_bad_input_names_its_field(
    desk: httpx2.AsyncClient, wrong: dict[str, object], field: str
) -> None:
    refused = await desk.post(PATH, json=ANN | wrong, headers=key())

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


async def test_a_second_registration_is_a_conflict(desk: httpx2.AsyncClient) -> None:
    await desk.post(PATH, json=ANN, headers=key())

    refused = await desk.post(PATH, json=ANN, headers=key())

    assert refused.json()["type"] == "/problems/duplicate"


async def test_the_same_call_again_registers_nobody_else(desk: httpx2.AsyncClient) -> None:
    headers = key()

    first, again = [await desk.post(PATH, json=ANN, headers=headers) for _ in range(2)]
    without = await desk.post(PATH, json=ANN)

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert without.json()["type"] == "/problems/idempotency-key-required"


async def test_another_organisations_patient_is_not_found(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    other = await open_clinic(clinic.database)

    assert (await desk.get(f"{PATH}/{other.patient_id}")).status_code == 404


async def test_patients_do_not_read_patients(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    answer = await desk.get(f"{PATH}/{clinic.patient_id}", headers={ACTING: "patient"})

    assert answer.status_code == 403

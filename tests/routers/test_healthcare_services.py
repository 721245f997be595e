"""Services over HTTP."""

import httpx2
import pytest

from tests.clinic import Clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/healthcare-services"


async def test_added_once_and_listed(
    desk: httpx2.AsyncClient, clinic: Clinic, office: dict[str, str]
) -> None:
    body = {"name": "Asthma review", "specialty": "respiratory", "slot_minutes": 20}

    added = await desk.post(PATH, json=body, headers=office)
    again = await desk.post(PATH, json=body, headers=office)
    listed = (await desk.get(PATH)).json()["items"]

    assert (added.status_code, again.status_code) == (201, 409)
    assert listed[0] == added.json()
    assert listed[1]["id"] == str(clinic.service_id)


async def test_only_the_administrator_adds(desk: httpx2.AsyncClient) -> None:
    refused = await desk.post(PATH, json={"name": "Asthma review", "specialty": "respiratory"})

    assert refused.status_code == 403

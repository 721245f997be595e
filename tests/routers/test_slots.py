"""Free slots over HTTP."""

import httpx2
import pytest

from tests.clinic import Clinic, at

pytestmark = [pytest.mark.anyio, pytest.mark.database]
MORNING = {"start": at(9).isoformat(), "end": at(9, 30).isoformat()}


async def test_soonest_first_page_by_page(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    asked = {**MORNING, "service_id": str(clinic.service_id), "limit": "3"}

    first = (await desk.get("/api/v1/slots", params=asked)).json()
    second = (await desk.get("/api/v1/slots", params={**asked, "cursor": first["next"]})).json()

    starts = [item["start"] for page in (first, second) for item in page["items"]]
    assert starts == ["2026-11-23T09:00:00Z"] * 2 + ["2026-11-23T09:15:00Z"] * 2
    assert second["next"] is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"start": "2026-11-23T09:00:00"}, "start"),
        ({"end": at(8).isoformat()}, "end"),
        ({"end": "2027-03-01T00:00:00Z"}, "end"),
        ({"start": "9999-12-31T00:00:00Z"}, "start"),
        ({"practitioner_id": "someone"}, "practitioner_id"),
        ({"limit": "0"}, "limit"),
    ],
)
async def test_bad_input_names_its_field(
    desk: httpx2.AsyncClient, wrong: dict[str, str], field: str
) -> None:
    refused = await desk.get("/api/v1/slots", params=MORNING | wrong)

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)

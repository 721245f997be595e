"""Messages over HTTP: the rules, the outbox, send again."""

from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest

from app.models import Communication
from tests.clinic import NOW, Clinic
from tests.routers.bodies import key
from tests.routers.service import ACTING

pytestmark = [pytest.mark.anyio, pytest.mark.database]
POLICY = "/api/v1/messaging-policy"
MESSAGES = "/api/v1/communications"
WANTED = {"reminder_minutes": [60, 1440], "quiet_from": "20:00", "quiet_to": "07:30"}


async def message(clinic: Clinic, status: str = "failed", minutes: int = 0) -> UUID:
    """A row as the sender would leave it."""
    async with clinic.database.transaction(clinic.actor) as session:
        row = Communication(
            organization_id=clinic.organization_id,
            kind="confirmation",
            medium="email",
            dedupe_key=uuid4().hex,
            patient_id=clinic.patient_id,
            due_at=NOW,
            created_at=NOW + timedelta(minutes=minutes),
            status=status,
            problem="Check the address." if status == "failed" else "",
        )
        session.add(row)
    return row.id


async def test_the_rules_are_read_and_changed_by_their_etag(
    desk: httpx2.AsyncClient, office: dict[str, str]
) -> None:
    usual = await desk.get(POLICY)
    etag = usual.headers["ETag"]

    changed = await desk.put(POLICY, json=WANTED, headers={**office, "If-Match": etag})
    stale = await desk.put(POLICY, json=WANTED, headers={**office, "If-Match": etag})
    blind = await desk.put(POLICY, json=WANTED, headers=office)

    assert (usual.json()["quiet_from"], etag) == ("21:00", '"0"')
    assert (changed.status_code, changed.json()["reminder_minutes"]) == (200, [1440, 60])
    assert changed.headers["ETag"] == '"1"'
    assert (await desk.get(POLICY)).json() == changed.json()
    assert (stale.status_code, blind.status_code) == (412, 428)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reminder_minutes": [1]}, "reminder_minutes.0"),
        ({"quiet_from": "25:00"}, "quiet_from"),
        ({"sender_name": "x" * 41}, "sender_name"),
    ],
)
async def test_rules_that_make_no_sense_name_their_field(
    desk: httpx2.AsyncClient, office: dict[str, str], change: dict[str, object], field: str
) -> None:
    refused = await desk.put(POLICY, json=WANTED | change, headers={**office, "If-Match": '"0"'})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


async def test_only_administrators_change_the_rules(desk: httpx2.AsyncClient) -> None:
    refused = await desk.put(POLICY, json=WANTED, headers={"If-Match": '"0"'})

    assert refused.status_code == 403


async def test_messages_come_in_pages_newest_first(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    made = [await message(clinic, minutes=minutes) for minutes in range(3)]

    first = (await desk.get(MESSAGES, params={"limit": 2})).json()
    second = (await desk.get(MESSAGES, params={"limit": 2, "cursor": first["next"]})).json()

    listed = [item["id"] for item in first["items"] + second["items"]]
    assert listed == [str(key) for key in reversed(made)]
    assert second["next"] is None


async def test_messages_are_found_by_state_and_show_no_address(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    wanted = await message(clinic)
    await message(clinic, "sent")

    page = await desk.get(MESSAGES, params={"status": "failed"})

    assert [item["id"] for item in page.json()["items"]] == [str(wanted)]
    assert page.json()["items"][0]["problem"] == "Check the address."


async def test_without_a_way_a_retry_says_whom_to_ring(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    failed = await message(clinic)

    again = await desk.post(f"{MESSAGES}/{failed}/retry", headers=key())

    assert (again.status_code, again.json()["status"]) == (200, "failed")
    assert "Ring the patient" in again.json()["problem"]


async def test_one_told_by_phone_is_done(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    failed = await message(clinic)

    done = await desk.post(f"{MESSAGES}/{failed}/told", headers=key())
    twice = await desk.post(f"{MESSAGES}/{failed}/told", headers=key())

    assert (done.status_code, done.json()["status"]) == (200, "cancelled")
    assert twice.status_code == 409


async def test_patients_and_strangers_see_none(desk: httpx2.AsyncClient) -> None:
    for who in ("patient", "visitor"):
        assert (await desk.get(MESSAGES, headers={ACTING: who})).status_code == 403
    assert (await desk.get(MESSAGES, headers={ACTING: "system"})).status_code == 200

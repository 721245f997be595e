"""Receipts as GOV.UK Notify posts them (its documentation: Callbacks, Delivery receipts)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx2
import pytest
from pydantic import SecretStr, ValidationError

from app.config import Settings
from app.main import create_app
from app.models import Communication
from tests.clinic import NOW, Clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]
URL = "/api/v1/notify/delivery-receipts"
TOKEN = "a-token-of-our-own-for-notify"
NOTIFY_ID = "740e5834-3a29-46b4-9a6f-16142fde533a"


def settings(database_url: str, **more: object) -> Settings:
    return Settings.model_validate({"DATABASE_URL": SecretStr(database_url), **more})


@pytest.fixture
async def notify(clinic: Clinic, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """GOV.UK Notify, which has our token."""
    app = create_app(settings(database_url, notify_callback_token=TOKEN))
    app.state.database, app.state.clock = clinic.database, lambda: NOW
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://localhost", headers=headers
    ) as opened:
        yield opened


async def sent(clinic: Clinic) -> UUID:
    async with clinic.database.transaction(clinic.actor) as session:
        row = Communication(
            organization_id=clinic.organization_id,
            kind="confirmation",
            medium="sms",
            dedupe_key=uuid4().hex,
            patient_id=clinic.patient_id,
            due_at=NOW,
            status="sent",
            sent_at=NOW,
            provider_id=NOTIFY_ID,
        )
        session.add(row)
    return row.id


async def read(clinic: Clinic, id: UUID) -> Communication:
    async with clinic.database.transaction(clinic.actor) as session:
        return await session.get_one(Communication, id)


def receipt(reference: object, **more: object) -> dict[str, object]:
    """Every key that Notify documents; all are strings but the template's version."""
    return {
        "id": NOTIFY_ID,
        "reference": reference,
        "to": "07700900982",
        "status": "delivered",
        "created_at": "2026-11-20T12:15:30.000000Z",
        "completed_at": "2026-11-20T12:15:40.000000Z",
        "sent_at": "2026-11-20T12:15:31.000000Z",
        "notification_type": "sms",
        "template_id": "f33517ff-2a88-4f6e-b855-c550268ce08a",
        "template_version": 3,
        **more,
    }


async def test_what_notify_says_is_on_the_message(
    clinic: Clinic, notify: httpx2.AsyncClient
) -> None:
    arrived, lost = await sent(clinic), await sent(clinic)

    answers = [
        await notify.post(URL, json=receipt(str(arrived))),
        await notify.post(URL, json=receipt(str(lost), status="permanent-failure")),
        await notify.post(URL, json=receipt(str(lost), status="permanent-failure")),
    ]

    good, bad = await read(clinic, arrived), await read(clinic, lost)
    assert [answer.status_code for answer in answers] == [204, 204, 204]
    completed_at = datetime(2026, 11, 20, 12, 15, 40, tzinfo=UTC)
    assert (good.status, good.delivery, good.delivery_at) == ("sent", "delivered", completed_at)
    assert (bad.status, bad.delivery) == ("failed", "permanent-failure")
    assert "Ring the patient" in bad.problem


async def test_without_a_time_of_its_own_it_is_the_present(
    clinic: Clinic, notify: httpx2.AsyncClient
) -> None:
    id = await sent(clinic)

    answer = await notify.post(
        URL, json=receipt(str(id), completed_at=None, status="technical-failure")
    )

    assert answer.status_code == 204
    assert (await read(clinic, id)).delivery_at == NOW


@pytest.mark.parametrize("reference", [None, "", "12345678"])
async def test_what_others_sent_by_the_same_service_is_ignored(
    notify: httpx2.AsyncClient, reference: str | None
) -> None:
    assert (await notify.post(URL, json=receipt(reference))).status_code == 204


async def test_an_unknown_message_is_not_found_so_that_it_comes_again(
    notify: httpx2.AsyncClient,
) -> None:
    assert (await notify.post(URL, json=receipt(str(uuid4())))).status_code == 404


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer wörld"]
)
async def test_whoever_has_not_the_token_changes_nothing(
    clinic: Clinic, notify: httpx2.AsyncClient, authorization: str
) -> None:
    id = await sent(clinic)

    answer = await notify.post(
        URL, json=receipt(str(id)), headers={b"Authorization": authorization.encode()}
    )

    assert answer.status_code == 401
    assert (await read(clinic, id)).delivery == ""


async def test_a_status_that_is_none_of_theirs_is_refused(notify: httpx2.AsyncClient) -> None:
    refused = await notify.post(URL, json=receipt(str(uuid4()), status="eaten"))

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "status")


async def test_without_a_token_set_there_is_no_such_address(
    clinic: Clinic, database_url: str
) -> None:
    app = create_app(settings(database_url))
    app.state.database = clinic.database
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as nobody:
        answer = await nobody.post(
            URL, json=receipt(str(uuid4())), headers={"Authorization": "Bearer "}
        )

    assert answer.status_code == 404


def test_a_short_token_is_refused_at_the_start(database_url: str) -> None:
    with pytest.raises(ValidationError):
        settings(database_url, notify_callback_token="guess me")

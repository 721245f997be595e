"""The administrator's webhooks: what happened in words, and a secret shown once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select

from app.database import Database
from app.models import Webhook, WebhookDelivery
from tests.clinic import NOW, Clinic, open_clinic
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
URL = "https://8.8.8.8/hook"


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
async def office(clinic: Clinic, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    administrator = replace(clinic.scheduler, roles=frozenset({"administrator"}))
    people = People(office=administrator, desk=clinic.scheduler)
    async with client(service(database_url, people), "office") as opened:
        opened.headers["Accept"] = "text/html"
        yield opened


async def only(clinic: Clinic) -> Webhook:
    async with clinic.database.transaction(clinic.actor) as session:
        return (await session.scalars(select(Webhook))).one()


async def delivery(clinic: Clinic, webhook_id: UUID, **values: object) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        session.add(
            WebhookDelivery(
                organization_id=clinic.organization_id,
                webhook_id=webhook_id,
                event_id=1,
                event="appointment.booked",
                resource_id=webhook_id,
                payload={},
                occurred_at=NOW,
                due_at=NOW,
                **values,
            )
        )


async def test_an_empty_page_says_what_to_do(office: httpx2.AsyncClient) -> None:
    page = await office.get("/webhooks")

    assert page.status_code == 200
    assert "There are no webhooks yet." in page.text


async def test_a_new_webhook_shows_its_secret_once(
    office: httpx2.AsyncClient, clinic: Clinic
) -> None:
    added = await office.post("/webhooks", data={"url": URL, "families": ["appointment"]})
    again = await office.get("/webhooks")

    assert "whsec_" in added.text
    assert "whsec_" not in again.text
    assert "Sends: Appointments." in again.text
    assert (await only(clinic)).events == ["appointment.*"]


@pytest.mark.parametrize("url", ["", "https://10.0.0.1/", "http://8.8.8.8/", "nonsense"])
async def test_an_address_that_is_refused_is_explained_beside_the_field(
    office: httpx2.AsyncClient, url: str
) -> None:
    page = await office.post("/webhooks", data={"url": url, "description": "Kept"})

    assert page.status_code == 422
    assert 'href="#url"' in page.text
    assert 'value="Kept"' in page.text


async def test_a_failure_is_told_in_words(office: httpx2.AsyncClient, clinic: Clinic) -> None:
    await office.post("/webhooks", data={"url": URL})
    webhook = await only(clinic)
    words = "There is nothing at this address (404)."
    await delivery(clinic, webhook.id, status="failed", attempts=10, problem=words)

    page = await office.get("/fragments/webhooks")

    assert "Not working" in page.text
    assert words in page.text
    assert "Send what failed again" in page.text


async def test_the_buttons_do_what_they_say(office: httpx2.AsyncClient, clinic: Clinic) -> None:
    await office.post("/webhooks", data={"url": URL})
    path = f"/webhooks/{(await only(clinic)).id}"

    tested = await office.post(path, data={"action": "test"})
    off = await office.post(path, data={"action": "off", "version": 1})
    stale = await office.post(path, data={"action": "on", "version": 1})
    on = await office.post(path, data={"action": "on", "version": 2})
    replayed = await office.post(path, data={"action": "replay", "back": "day"})
    secret = await office.post(path, data={"action": "secret", "version": 3})
    removed = await office.post(path, data={"action": "remove", "version": 4})

    done = [answer.status_code for answer in (tested, off, on, replayed, removed)]
    assert done == [303] * 5
    assert stale.status_code == 409
    assert "whsec_" in secret.text
    assert "There are no webhooks yet." in (await office.get("/webhooks")).text


async def test_others_do_not_get_there(office: httpx2.AsyncClient) -> None:
    assert (await office.get("/webhooks", headers={ACTING: "desk"})).status_code == 403

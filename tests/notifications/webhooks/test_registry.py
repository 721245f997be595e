"""Adding, changing and removing: safe addresses only, one change at a time, on record."""

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app.errors import Conflict, InvalidInput, ResourceNotFound, StaleVersion
from app.models import AuditEvent, Webhook
from app.models.paging import After
from app.notifications import webhooks
from app.notifications.webhooks import NewWebhook
from app.notifications.webhooks.registry import MOST
from app.outbound import Outbound
from tests.notifications.webhooks.office import KEEPING, URL, Office, open_office

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def listed(office: Office) -> list[Webhook]:
    async with office.database.transaction(office.actor) as session:
        return list((await webhooks.list_webhooks(session, after=After())).items)


async def test_a_new_webhook_is_listed_and_its_secret_is_not_in_the_table(office: Office) -> None:
    webhook, key = await office.add(events=["schedule.*", "appointment.*", "schedule.*"])

    (kept,) = await listed(office)

    assert (kept.url, kept.active) == (URL, True)
    assert kept.events == ["appointment.*", "schedule.*"]
    assert key not in kept.sealed_secret
    assert KEEPING.keys(webhook.id, kept.sealed_secret, now=office.now) == [key]


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/", "https://127.0.0.1/", "http://8.8.8.8/", "https://[::1]/", "x"]
)
async def test_an_address_inside_is_refused_by_name_of_the_field(office: Office, url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await office.add(url)

    assert [problem.field for problem in refusal.value.problems] == ["url"]


async def test_a_change_to_an_address_inside_is_refused(office: Office) -> None:
    webhook, _ = await office.add()

    async with office.database.transaction(office.actor) as session:
        with pytest.raises(InvalidInput):
            await webhooks.change_webhook(
                session, webhook.id, NewWebhook(url="https://10.0.0.1/"), Outbound(), version=1
            )


async def test_a_change_needs_the_present_version(office: Office) -> None:
    webhook, _ = await office.add()
    async with office.database.transaction(office.actor) as session:
        changed = await webhooks.set_active(session, webhook.id, False, version=1)

    assert changed.version == 2
    async with office.database.transaction(office.actor) as session:
        with pytest.raises(StaleVersion):
            await webhooks.remove_webhook(session, webhook.id, version=1)


async def test_what_happens_while_it_is_off_is_not_queued(office: Office) -> None:
    webhook, _ = await office.add()
    async with office.database.transaction(office.actor) as session:
        await webhooks.set_active(session, webhook.id, False, version=1)

    await office.happen("appointment.booked")

    assert await office.deliveries() == []


async def test_a_removed_webhook_is_gone_with_what_was_queued(office: Office) -> None:
    webhook, _ = await office.add()
    await office.happen("appointment.booked")
    async with office.database.transaction(office.actor) as session:
        await webhooks.remove_webhook(session, webhook.id, version=1)

    assert await listed(office) == []
    assert [row.status for row in await office.deliveries()] == ["failed"]
    async with office.database.transaction(office.actor) as session:
        with pytest.raises(ResourceNotFound):
            await webhooks.find_webhook(session, webhook.id)


async def test_another_organisations_webhook_is_not_found(office: Office) -> None:
    webhook, _ = await office.add()
    other = await open_office(office.database)

    async with other.database.transaction(other.actor) as session:
        with pytest.raises(ResourceNotFound):
            await webhooks.remove_webhook(session, webhook.id, version=1)


async def test_there_are_only_so_many(office: Office) -> None:
    for _ in range(MOST):
        await office.add()

    with pytest.raises(Conflict, match="Remove one"):
        await office.add()


async def test_each_deed_is_on_record(office: Office) -> None:
    webhook, _ = await office.add()
    async with office.database.transaction(office.actor) as session:
        await webhooks.rotate_secret(session, webhook.id, KEEPING, version=1, now=office.now)

    async with office.database.transaction(office.actor) as session:
        rows = await session.scalars(select(AuditEvent).order_by(AuditEvent.recorded_at))
        assert [row.what for row in rows] == ["Added a webhook", "Changed a webhook's secret"]


def test_rings_have_a_webhook_to_themselves() -> None:
    alone = NewWebhook(url=URL, events=["ring.*"])

    assert alone.events == ["ring.*"]
    with pytest.raises(ValidationError):
        NewWebhook(url=URL, events=["ring.started", "appointment.*"])

"""GOV.UK Notify by its official client, against a small Notify of our own."""

import json
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from pydantic import SecretStr

from app.config import Settings
from app.main import configure_logs
from app.notifications.gateways import Outgoing, Refused, Unreachable
from app.notifications.gateways.notify import Notify
from tests.notifications.gateways.fake_notify import API_KEY, FakeNotify, fake_notify

pytestmark = pytest.mark.anyio
TEXT = Outgoing(id=uuid4(), medium="sms", to="07700 900982", text="Your appointment is booked.")
LETTER = replace(TEXT, medium="email", to="joan@example.com", subject="Your appointment")


@pytest.fixture
def notify() -> Iterator[FakeNotify]:
    with fake_notify() as running:
        yield running


@pytest.fixture
def gateway(notify: FakeNotify) -> Notify:
    return Notify(SecretStr(API_KEY), notify.url, {"sms": "sms-words", "email": "email-words"})


async def test_a_text_carries_our_words_and_our_reference(
    notify: FakeNotify, gateway: Notify
) -> None:
    provider_id = await gateway.send(TEXT)

    (message,) = notify.accepted
    assert provider_id == message["id"]
    assert message["personalisation"] == {"body": TEXT.text}
    assert (message["phone_number"], message["template_id"], message["reference"]) == (
        "07700 900982",
        "sms-words",
        str(TEXT.id),
    )


async def test_an_email_has_a_subject_too(notify: FakeNotify, gateway: Notify) -> None:
    await gateway.send(LETTER)

    (message,) = notify.accepted
    assert message["email_address"] == "joan@example.com"
    assert message["personalisation"] == {"subject": "Your appointment", "body": TEXT.text}


async def test_a_message_whose_answer_was_lost_is_not_sent_twice(
    notify: FakeNotify, gateway: Notify
) -> None:
    notify.loses_answers = 1
    with pytest.raises(Unreachable):
        await gateway.send(TEXT)

    provider_id = await gateway.send(replace(TEXT, is_repeat=True))

    assert [message["id"] for message in notify.accepted] == [provider_id]


async def test_a_repeat_of_what_never_got_there_is_sent(
    notify: FakeNotify, gateway: Notify
) -> None:
    await gateway.send(replace(TEXT, is_repeat=True))

    assert len(notify.accepted) == 1


async def test_what_notify_could_not_deliver_is_sent_again_when_asked(
    notify: FakeNotify, gateway: Notify
) -> None:
    notify.delivery_status = "permanent-failure"
    await gateway.send(TEXT)
    notify.delivery_status = "sending"

    await gateway.send(replace(TEXT, is_repeat=True))

    assert len(notify.accepted) == 2


@pytest.mark.parametrize("status", [400, 404, 413])
async def test_what_is_wrong_with_the_message_is_refused_for_good(
    notify: FakeNotify, gateway: Notify, status: int
) -> None:
    notify.answers = [status]

    with pytest.raises(Refused, match="Check the number") as refusal:
        await gateway.send(TEXT)

    assert "07700" not in refusal.value.problem


async def test_what_its_client_logs_is_an_event_that_names_nobody(
    notify: FakeNotify, gateway: Notify, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(Settings(log_format="json"))
    notify.answers, notify.complaint = [400], f"{TEXT.to} is not a number"

    with pytest.raises(Refused):
        await gateway.send(TEXT)

    said, plain = capsys.readouterr()
    assert [json.loads(line)["event"] for line in said.splitlines()] == ["library_says"]
    assert TEXT.to not in said
    assert plain == ""


@pytest.mark.parametrize(
    ("status", "complaint", "said"),
    [
        (403, "Invalid token: API key not found", "did not accept our key"),
        (400, "Template not found", "did not accept our template"),
        (400, "Missing personalisation: name", "did not accept our template"),
    ],
)
async def test_what_is_wrong_with_our_settings_is_named_and_tried_again(
    notify: FakeNotify, gateway: Notify, status: int, complaint: str, said: str
) -> None:
    notify.answers, notify.complaint = [status], complaint

    with pytest.raises(Unreachable) as trouble:
        await gateway.send(TEXT)

    assert said in trouble.value.problem


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_what_may_pass_is_tried_later(
    notify: FakeNotify, gateway: Notify, status: int
) -> None:
    notify.answers = [status]

    with pytest.raises(Unreachable):
        await gateway.send(TEXT)


async def test_a_notify_that_is_away_is_tried_later() -> None:
    nowhere = Notify(SecretStr(API_KEY), "http://127.0.0.1:1", {"sms": "sms-words"})

    with pytest.raises(Unreachable):
        await nowhere.send(TEXT)


async def test_another_services_key_is_refused(notify: FakeNotify) -> None:
    other = f"other-{uuid4()}-{API_KEY[-36:]}"
    gateway = Notify(SecretStr(other), notify.url, {"sms": "sms-words"})

    with pytest.raises(Unreachable, match="403"):
        await gateway.send(TEXT)

"""Which gateways the settings open."""

from pydantic import SecretStr

from app.config import Settings
from app.notifications.gateways.choice import open_gateways
from app.notifications.gateways.console import Console
from app.notifications.gateways.notify import Notify
from app.notifications.gateways.smtp import Smtp
from tests.notifications.gateways.fake_notify import API_KEY

NOTIFY = SecretStr(API_KEY)


def test_nothing_set_sends_nothing() -> None:
    assert open_gateways(Settings()) == {}


def test_demo_mode_sends_nowhere() -> None:
    gateways = open_gateways(Settings(demo=True))

    assert {medium: type(gateway) for medium, gateway in gateways.items()} == {
        "sms": Console,
        "email": Console,
    }


def test_email_goes_by_smtp_where_there_is_both() -> None:
    settings = Settings(
        notify_api_key=NOTIFY,
        notify_sms_template="sms-words",
        notify_email_template="email-words",
        smtp_url=SecretStr("smtp://mail.example.org"),
    )

    gateways = open_gateways(settings)

    assert {medium: type(gateway) for medium, gateway in gateways.items()} == {
        "sms": Notify,
        "email": Smtp,
    }


def test_a_medium_without_a_template_is_not_sent_by_notify() -> None:
    assert list(
        open_gateways(Settings(notify_api_key=NOTIFY, notify_sms_template="sms-words"))
    ) == ["sms"]


def test_mail_comes_from_our_own_host_unless_told_otherwise() -> None:
    settings = Settings(
        public_url="https://consult.example.org", smtp_url=SecretStr("smtp://mail.example.org")
    )

    gateway = open_gateways(settings)["email"]

    assert isinstance(gateway, Smtp)
    assert gateway.mail_from == "no-reply@consult.example.org"

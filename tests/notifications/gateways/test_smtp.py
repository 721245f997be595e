"""SMTP against a real server (aiosmtpd) on loopback."""

import gc
import socket
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from app.cli.certificate import CertificateFiles, certificate_for
from app.notifications.facts import Facts
from app.notifications.gateways import Outgoing, Refused, Unreachable
from app.notifications.gateways.smtp import Server, Smtp, written
from app.notifications.invitations import Invited, invitation
from tests.notifications.itip import understood

pytestmark = pytest.mark.anyio
START = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
FACTS = Facts(
    sender="Riverside Surgery",
    practitioner="Dr Amara Okafor",
    phone="01632 960001",
    start=START,
    end=START + timedelta(minutes=15),
    zone="Europe/London",
    channel="video",
)
WHOM = Invited(uuid4(), 3, "bookings@example.org", "joan@example.com", START - timedelta(days=9))
LETTER = Outgoing(
    id=uuid4(),
    medium="email",
    to="joan@example.com",
    subject="Your appointment",
    text="It is on Tuesday.",
    html="<p>It is on Tuesday.</p>",
    sender_name="Riverside Surgery",
    method="REQUEST",
    calendar=invitation("REQUEST", FACTS, WHOM),
)


@dataclass
class Mailbox:
    """The server's handler: keeps what comes, answers as told."""

    received: list[tuple[Envelope, bool]] = field(default_factory=list)
    recipient_answer: str = ""
    data_answer: str = "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if self.recipient_answer:
            return self.recipient_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        self.received.append((envelope, session.ssl is not None))
        return self.data_answer

    def only(self) -> EmailMessage:
        ((envelope, _),) = self.received
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message


def knows(
    _server: SMTP, _session: Session, _envelope: Envelope, _how: str, who: object
) -> AuthResult:
    right = isinstance(who, LoginPassword) and who.password == b"open sesame"
    return AuthResult(success=right, handled=right)


def free_port() -> int:
    """The controller knocks at its own door, so it must know the number."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@contextmanager
def mail_server(mailbox: Mailbox, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Listens on loopback; with `tls` it takes nothing before STARTTLS and a sign-in."""
    port = free_port()
    controller = (
        Controller(
            mailbox,
            hostname="127.0.0.1",
            port=port,
            tls_context=tls,
            require_starttls=True,
            auth_required=True,
            authenticator=knows,
        )
        if tls
        else Controller(mailbox, hostname="127.0.0.1", port=port)
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
        if tls:
            _let_go()


def _let_go() -> None:
    """aiosmtpd forgets a connection whose handshake failed without closing it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    with mail_server(mailbox) as listening:
        yield listening


@pytest.fixture
def gateway(port: int) -> Smtp:
    return Smtp(Server("127.0.0.1", port, "none"), "bookings@example.org")


async def test_a_letter_arrives_with_its_invitation(mailbox: Mailbox, gateway: Smtp) -> None:
    await gateway.send(LETTER)

    message = mailbox.only()
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"]
    assert str(message["From"]) == "Riverside Surgery <bookings@example.org>"
    assert str(message["To"]) == "joan@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert part.get_param("method") == "REQUEST"
    written_there = part.get_payload(decode=True)
    assert isinstance(written_there, bytes)
    ((event,),) = understood([written_there])
    assert (event["method"], event["sequence"]) == ("REQUEST", 3)


async def test_a_repeat_has_the_same_message_id(mailbox: Mailbox, gateway: Smtp) -> None:
    first = await gateway.send(LETTER)

    again = await gateway.send(replace(LETTER, is_repeat=True))

    assert first == again == f"<{LETTER.id}@example.org>"
    assert len(mailbox.received) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("550 No such person", Refused), ("451 Try later", Unreachable)],
)
async def test_a_recipient_that_is_refused(
    mailbox: Mailbox, gateway: Smtp, answer: str, kind: type[Exception]
) -> None:
    mailbox.recipient_answer = answer

    with pytest.raises(kind):
        await gateway.send(LETTER)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("554 No", Refused), ("452 Disk full", Unreachable)],
)
async def test_a_letter_that_is_refused(
    mailbox: Mailbox, gateway: Smtp, answer: str, kind: type[Exception]
) -> None:
    mailbox.data_answer = answer

    with pytest.raises(kind):
        await gateway.send(LETTER)


async def test_a_server_that_is_away_is_tried_later() -> None:
    with pytest.raises(Unreachable):
        await Smtp(Server("127.0.0.1", 1, "none"), "bookings@example.org").send(LETTER)


async def test_nothing_is_sent_in_the_clear_where_tls_is_wanted(
    mailbox: Mailbox, port: int
) -> None:
    gateway = Smtp(Server("127.0.0.1", port, "starttls"), "bookings@example.org")

    with pytest.raises(Unreachable):
        await gateway.send(LETTER)

    assert mailbox.received == []


@pytest.fixture
def certificate(tmp_path: Path) -> CertificateFiles:
    return certificate_for(tmp_path, [], now=datetime.now(UTC))


@pytest.fixture
def secure_port(mailbox: Mailbox, certificate: CertificateFiles) -> Iterator[int]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate.certificate, certificate.key)
    with mail_server(mailbox, tls) as listening:
        yield listening


def secure(port: int, certificate: CertificateFiles, password: str) -> Smtp:
    server = Server("127.0.0.1", port, "starttls", "openconsult", SecretStr(password))
    trusting = ssl.create_default_context(cafile=str(certificate.certificate))
    return Smtp(server, "bookings@example.org", trusting)


async def test_a_sign_in_over_starttls(
    mailbox: Mailbox, certificate: CertificateFiles, secure_port: int
) -> None:
    await secure(secure_port, certificate, "open sesame").send(LETTER)

    ((_, was_encrypted),) = mailbox.received
    assert was_encrypted


async def test_a_refused_sign_in_is_ours_to_put_right(
    mailbox: Mailbox, certificate: CertificateFiles, secure_port: int
) -> None:
    with pytest.raises(Unreachable, match="sign-in"):
        await secure(secure_port, certificate, "wrong").send(LETTER)

    assert mailbox.received == []


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    mailbox: Mailbox, certificate: CertificateFiles, secure_port: int
) -> None:
    server = secure(secure_port, certificate, "open sesame").server

    with pytest.raises(Unreachable):
        await Smtp(server, "bookings@example.org").send(LETTER)

    assert mailbox.received == []


@pytest.mark.parametrize("address", ["", "joan", "joan@example.com\r\nBcc: all@example.com", "@"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        written(replace(LETTER, to=address), "bookings@example.org")


def test_without_an_invitation_there_is_none() -> None:
    message = written(replace(LETTER, calendar=b"", method=""), "bookings@example.org")

    assert message.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", Server("mail.example.org", 587, "starttls")),
        ("smtps://mail.example.org", Server("mail.example.org", 465, "tls")),
        ("smtp+plain://localhost:2525", Server("localhost", 2525, "none")),
        (
            "smtp://me%40here:pass%2Fword@mail.example.org:25",
            Server("mail.example.org", 25, "starttls", "me@here", SecretStr("pass/word")),
        ),
    ],
)
def test_addresses_of_servers(url: str, server: Server) -> None:
    assert Server.parse(url) == server


@pytest.mark.parametrize(
    "url", ["mail.example.org", "https://a.b", "smtp+plain://mail.example.org"]
)
def test_addresses_that_make_no_sense(url: str) -> None:
    with pytest.raises(ValueError, match="smtp"):
        Server.parse(url)

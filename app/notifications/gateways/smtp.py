"""A mail server, by SMTP (RFC 5321): TLS always, but to a relay on the same machine."""

import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal
from urllib.parse import unquote, urlsplit

import aiosmtplib
from pydantic import SecretStr

from app.notifications.gateways.gateway import Outgoing, Refused, Unreachable

TIMEOUT_SECONDS = 20
Security = Literal["starttls", "tls", "none"]
_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp+plain": ("none", 25),
}


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    security: Security
    username: str | None = None
    password: SecretStr | None = None

    @classmethod
    def parse(cls, url: str) -> "Server":
        """From `smtp://user:password@host:587` (STARTTLS), `smtps://…` (TLS from the start) or
        `smtp+plain://…` (none: on the same machine only). Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError("must be smtp://, smtps:// or smtp+plain:// and name a host")
        security, port = _SCHEMES[parts.scheme]
        if security == "none" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("smtp+plain:// is for a relay on this machine only")
        return cls(
            parts.hostname,
            parts.port or port,
            security,
            unquote(parts.username) if parts.username else None,
            SecretStr(unquote(parts.password)) if parts.password else None,
        )


@dataclass(frozen=True, slots=True)
class Smtp:
    """Sends e-mail only. `mail_from` is the envelope's sender and the From address."""

    server: Server
    mail_from: str
    tls: ssl.SSLContext | None = None

    async def send(self, outgoing: Outgoing) -> str:
        """The Message-ID, which is the same for a repeat: mailboxes show it once."""
        message = written(outgoing, self.mail_from)
        try:
            await aiosmtplib.send(
                message,
                sender=self.mail_from,
                recipients=[outgoing.to],
                hostname=self.server.host,
                port=self.server.port,
                username=self.server.username,
                password=self._password(),
                use_tls=self.server.security == "tls",
                start_tls=self.server.security == "starttls",
                tls_context=self.tls,
                timeout=TIMEOUT_SECONDS,
            )
        except aiosmtplib.SMTPException as error:
            raise _undelivered(error) from None
        except OSError:
            raise Unreachable("The mail server could not be reached.") from None
        return str(message["Message-ID"])

    def _password(self) -> str | None:
        return self.server.password.get_secret_value() if self.server.password else None


def written(outgoing: Outgoing, mail_from: str) -> EmailMessage:
    """The e-mail: text, HTML, and the invitation twice, as mail programs want it: as a part that
    Outlook and Google act on, and as a file that others open. Raises Refused."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address(outgoing.sender_name, addr_spec=mail_from)
        message["To"] = Address(addr_spec=outgoing.to)
        message["Subject"] = outgoing.subject
    except (ValueError, IndexError, MessageError):
        raise Refused("This is not an address that mail can be sent to.") from None
    message["Message-ID"] = f"<{outgoing.id}@{mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine replies
    message.set_content(outgoing.text)
    message.add_alternative(outgoing.html, subtype="html")
    if outgoing.calendar:
        _attach(message, outgoing)
    return message


def _attach(message: EmailMessage, outgoing: Outgoing) -> None:
    message.add_alternative(
        outgoing.calendar.decode(),
        subtype="calendar",
        params={"method": outgoing.method},
        cte="base64",
    )
    message.add_attachment(
        outgoing.calendar, maintype="application", subtype="ics", filename="appointment.ics"
    )


def _undelivered(error: aiosmtplib.SMTPException) -> Refused | Unreachable:
    """5yz is for good (RFC 5321 §4.2.1), but for a refused sign-in, which is ours to put right."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        code = error.recipients[0].code
    elif isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Unreachable("The mail server did not accept our sign-in.")
    elif isinstance(error, aiosmtplib.SMTPResponseException):
        code = error.code
    else:
        return Unreachable("The mail server could not be reached.")
    if 500 <= code < 600:
        return Refused(f"The mail server refused it ({code}). Check the address.")
    return Unreachable(f"The mail server was busy ({code}).")

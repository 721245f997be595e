"""Settings: the only reader of environment variables. `DATABASE_URL`, and `OPENCONSULT_…`."""

import re
from datetime import timedelta
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyNetwork, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# Deadlines and windows that are promises of the protocol rather than anybody's choice.
HELLO_DEADLINE = timedelta(seconds=5)
RESUME_WINDOW = timedelta(seconds=120)
# A page shows so many pictures, and a phone takes in so many (decision 0037).
MOST_IN_CALL = 12
STALL_ABORT = timedelta(seconds=5)
OUTBOX_POLL = timedelta(seconds=1)
DEMO_PASSWORD = "openconsult-demo"  # noqa: S105 (shown on the sign-in page, in demo mode only)
LAST_PORT = 65_535
LOCK_TIMEOUT = timedelta(seconds=4)
STATEMENT_TIMEOUT = timedelta(seconds=15)
POOL_TIMEOUT = timedelta(seconds=30)  # a burst waits its turn for a connection, then gets a 503

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Its name, which is anybody's choice, then the service's id and the secret.
NOTIFY_KEY = re.compile(rf".*{_ID}-{_ID}", re.IGNORECASE)

# RFC 7065 §3.1, as browsers take it: no TURN over DTLS, so `turns` goes by TCP alone.
TURN_URL = re.compile(
    r"turn:([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(\?transport=(udp|tcp))?"
    r"|turns:([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(\?transport=tcp)?"
)


_PLACE = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+))(?::(?P<port>[0-9]{1,5}))?"
    r"|(?P<bare>[0-9A-Fa-f:.]+)"
)


def address_and_port(text: str) -> tuple[str, int | None]:
    """Reads `192.0.2.1`, `192.0.2.1:3478`, `2001:db8::1` or `[2001:db8::1]:3478`.

    Raises ValueError. Names are not taken: browsers would have to look them up before they send.
    """
    found = _PLACE.fullmatch(text)
    port = int(found["port"]) if found and found["port"] else None
    try:
        address = str(ip_address(found["six"] or found["four"] or found["bare"] if found else ""))
    except ValueError:
        raise ValueError(f"{text!r} is no IP address, nor address:port or [v6]:port") from None
    if port is not None and not 1 <= port <= LAST_PORT:
        raise ValueError(f"{text!r} has a port that is not from 1 to {LAST_PORT}")
    return address, port


class Settings(BaseSettings):
    """How this installation runs. Unset means: a laptop, loopback only, embedded PostgreSQL."""

    model_config = SettingsConfigDict(env_prefix="OPENCONSULT_", extra="ignore", frozen=True)

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    """PostgreSQL 15 or newer; unset starts the embedded one in the data directory."""
    migration_database_url: SecretStr | None = None
    """The owner's connection for migrations, where the service signs in as a lesser role."""
    database_pool_size: int = Field(default=10, ge=1, le=200)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65_535)
    data_dir: Path = Path("var/data")
    tls: Literal["auto", "off"] = "auto"
    """`auto`: HTTPS wherever others can reach us; `off`: something in front of us does it."""
    tls_certificate: Path | None = None
    """PEM chain; unset makes one that browsers warn about."""
    tls_key: Path | None = None
    web_processes: int = Field(default=1, ge=1, le=64)
    room_servers: int = Field(default=0, ge=0, le=64)
    """How many room servers; 0 takes one for every core but one."""
    public_url: str | None = None
    """The address people type, where it is not `http(s)://host:port`: links are made from it."""
    allowed_origins: tuple[str, ...] = ()
    """Origins beside our own that may open sockets, for pages embedded elsewhere."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of load balancers whose `X-Forwarded-For` is believed."""

    media_host: str = "127.0.0.1"
    media_port: int = Field(default=0, ge=0, le=65_535)
    """Port, UDP and TCP, of the first room server; the next has the next. 0: after the pages'."""
    media_announced: tuple[str, ...] = ()
    """`address`, `address:port` or `[v6]:port` for answers, where the node is behind 1:1 NAT.

    A port is the first room server's, too.
    """
    turn_urls: tuple[str, ...] = ()
    """TURN servers of the site for browsers (RFC 7065): `turn:host:3478?transport=udp`, say."""
    turn_secret_file: Path | None = None
    """The secret shared with them, from which credentials that expire are made. In a change of it
    the relays take both, and we the new one."""
    room_sockets: tuple[Path, ...] = ()
    """Unix sockets of the room servers; the supervisor fills it in."""

    demo: bool = False
    demo_anywhere: bool = False
    """Show demo accounts on an address that is not loopback."""
    demo_ahead: timedelta = timedelta()
    """How far a demo's clock is ahead of the world's, to play the morning in the evening."""
    signing_key_file: Path | None = None
    """PEM of the ES256 key for tokens; unset makes one in the data directory."""
    verifying_key_files: tuple[Path, ...] = ()
    """PEMs of keys that signed until lately: still believed while the key is being changed."""
    sealing_key_file: Path | None = None
    """Base64 of the 32 bytes that seal what the database keeps for us to use again: webhooks'
    secrets, feeds' addresses. Unset makes one in the data directory; all nodes need the same."""
    earlier_sealing_key_files: tuple[Path, ...] = ()
    """Keys that sealed before the present one: they still open."""
    outbound_allow: tuple[IPvAnyNetwork, ...] = ()
    """Networks of ours that webhooks and calendar feeds may reach beside the public internet."""
    access_token_lifetime: timedelta = timedelta(minutes=15)
    session_idle: timedelta = timedelta(minutes=30)
    session_lifetime: timedelta = timedelta(hours=12)
    hold_lifetime: timedelta = timedelta(minutes=10)
    ring_lifetime: timedelta = timedelta(seconds=30)
    time_zone: str = "Europe/London"
    served_areas: tuple[tuple[float, float, float, float], ...] = ((49.8, -8.7, 60.9, 1.8),)
    """Boxes of degrees, south, west, north, east: a crew's position outside them all is
    questioned. Unset: the United Kingdom; empty: none is."""
    road_factor: float = Field(default=1.4, ge=1, le=5)
    """How much longer roads are than the straight line: 1.4 in England (Ballou, Rahardja and
    Sakai, Transportation Research Part A 36, 2002)."""
    road_speed_kmh: float = Field(default=50, gt=0, le=200)
    """An ambulance's average on its way; rather too slow than too fast."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] = "json"
    notify_api_key: SecretStr | None = None
    """Of a service at GOV.UK Notify; unset sends nothing by it."""
    notify_url: str = "https://api.notifications.service.gov.uk"
    notify_callback_token: SecretStr | None = Field(default=None, min_length=20)
    """What GOV.UK Notify sends its receipts of delivery with, at least 20 characters; unset takes
    none."""
    notify_sms_template: str = ""
    """Id of a template that holds nothing but ((body))."""
    notify_email_template: str = ""
    """Id of one that holds ((subject)) and ((body)); used where there is no `smtp_url`."""
    smtp_url: SecretStr | None = None
    """`smtp://user:password@host:587` (STARTTLS) or `smtps://…`; unset sends no e-mail by SMTP."""
    mail_from: str = ""
    """The sender of e-mail, and the organiser of invitations."""
    push_key_file: Path | None = None
    """PEM of the P-256 key (RFC 8292) by which push services know us; unset rings no browser that
    is closed. A change of it ends all subscriptions: browsers belong to the key."""
    push_contact: str = ""
    """`mailto:` or `https:` address that a push service may turn to; unset takes `mail_from`."""
    push_hosts: tuple[str, ...] = (
        "fcm.googleapis.com",
        "*.push.services.mozilla.com",
        "*.push.apple.com",
        "*.notify.windows.com",
    )
    """The push services that browsers may name: no other address is sent to."""
    support_phone: str = ""
    """Shown where a page can only say: ring somebody."""

    @field_validator("media_announced")
    @classmethod
    def _names_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            address_and_port(each)
        return value

    @field_validator("database_url", "migration_database_url")
    @classmethod
    def _names_asyncpg(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        scheme, separator, rest = value.get_secret_value().partition("://")
        if not separator or scheme not in {"postgres", "postgresql", "postgresql+asyncpg"}:
            raise ValueError("must start with postgresql://: only PostgreSQL is supported")
        return SecretStr(f"postgresql+asyncpg://{rest}")

    @field_validator("notify_api_key")
    @classmethod
    def _is_whole_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not NOTIFY_KEY.fullmatch(value.get_secret_value()):
            raise ValueError("must be the whole key as GOV.UK Notify showed it: a name and two ids")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _names_a_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        """The URL never stands in the refusal: it holds a password."""
        if value:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname:
                raise ValueError("must be like smtp://user:password@host:587 or smtps://…")
        return value

    @field_validator("push_key_file")
    @classmethod
    def _is_there(cls, value: Path | None) -> Path | None:
        if value and not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value

    @field_validator("turn_urls")
    @classmethod
    def _are_turn(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not TURN_URL.fullmatch(url):
                raise ValueError(
                    "must be like turn:host:3478?transport=udp or turns:host:443?transport=tcp"
                )
        return value

    @field_validator("turn_secret_file", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        """Compose cannot leave a variable out, only empty."""
        return None if value == "" else value

    @model_validator(mode="after")
    def _notify_has_a_template(self) -> Self:
        if self.notify_api_key and not (self.notify_sms_template or self.notify_email_template):
            raise ValueError(
                "OPENCONSULT_NOTIFY_API_KEY sends nothing without OPENCONSULT_NOTIFY_SMS_TEMPLATE "
                "or OPENCONSULT_NOTIFY_EMAIL_TEMPLATE"
            )
        return self

    @model_validator(mode="after")
    def _turn_is_whole(self) -> Self:
        if bool(self.turn_urls) != bool(self.turn_secret_file):
            raise ValueError(
                "OPENCONSULT_TURN_URLS and OPENCONSULT_TURN_SECRET_FILE go together: set both"
            )
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the pages."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def shows_demo(self) -> bool:
        """Demo accounts appear on loopback only, unless told otherwise in so many words."""
        return self.demo and (self.is_loopback or self.demo_anywhere)

    @property
    def clock_ahead(self) -> timedelta:
        """None but a demo may have another time than the world."""
        return self.demo_ahead if self.demo else timedelta()

    @cached_property
    def base_url(self) -> str:
        """Where links point, without a final slash."""
        if self.public_url:
            return self.public_url.rstrip("/")
        scheme = "http" if self.is_loopback else "https"
        host = self.host if self.host != "0.0.0.0" else "localhost"  # noqa: S104 (compared only)
        return f"{scheme}://{host}:{self.port}"

    @property
    def mail_sender(self) -> str:
        """`mail_from`, else an address at our own host that nobody reads."""
        return self.mail_from or f"no-reply@{urlsplit(self.base_url).hostname}"

    @property
    def signing_key_path(self) -> Path:
        """Where the token key is read from, or made."""
        return self.signing_key_file or self.data_dir / "signing-key.pem"

    @property
    def recordings_dir(self) -> Path:
        """Where room servers write what is recorded, sealed, and films are kept."""
        return self.data_dir / "recordings"

    @property
    def sealing_key_path(self) -> Path:
        """Where the sealing key is read from, or made."""
        return self.sealing_key_file or self.data_dir / "sealing-key"

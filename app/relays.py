"""TURN servers of the site, and the credentials by which a participant may use them for a while.

The secret is shared with coturn (`use-auth-secret`); no account is kept anywhere
(draft-uberti-behave-turn-rest-00 §2.2). Names are pseudonyms: TURN shows and logs them in clear.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from app.config import Settings

CREDENTIAL_LIFETIME = timedelta(hours=1)
"""Well over the ten minutes of a socket's token, with which they are renewed. An allocation that
was made in time stays: coturn asks for the time when one is made."""
LEAST_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Credentials:
    """`username` is `expiry:pseudonym`, expiry in Unix seconds; `password` is the base64 of its
    HMAC-SHA1 with the secret."""

    urls: tuple[str, ...]
    username: str
    password: str = field(repr=False)


class Relays:
    """What the site has of TURN. Without addresses it has none, and hands nothing out."""

    def __init__(self, urls: Sequence[str] = (), secret: bytes = b"") -> None:
        self._urls = tuple(urls)
        self._secret = secret

    @property
    def exist(self) -> bool:
        """Whether calls can go through a relay at all."""
        return bool(self._urls)

    def credentials(self, person: str, encounter: str, now: datetime) -> Credentials | None:
        """For one person in one encounter; None without relays. `now` is the world's clock, which
        the relay goes by, too."""
        if not self._urls:
            return None
        expires = int((now + CREDENTIAL_LIFETIME).timestamp())
        username = f"{expires}:{self._pseudonym(person, encounter)}"
        # SHA-1 is what TURN REST and coturn speak; HMAC does not need it to resist collisions.
        digest = hmac.digest(self._secret, username.encode(), hashlib.sha1)
        return Credentials(self._urls, username, base64.b64encode(digest).decode())

    def _pseudonym(self, person: str, encounter: str) -> str:
        """The same in one encounter, so that quotas count; another in the next, so that a relay's
        log follows nobody."""
        text = f"pseudonym\0{encounter}\0{person}".encode()
        return hmac.digest(self._secret, text, hashlib.sha256).hex()[:20]


@lru_cache(maxsize=4)
def open_relays(settings: Settings) -> Relays:
    """The site's, read once a process. Raises ValueError for an unfit secret, OSError without."""
    if settings.turn_secret_file is None:
        return Relays()
    return Relays(settings.turn_urls, _read_secret(settings.turn_secret_file))


def _read_secret(path: Path) -> bytes:
    """One line of printable ASCII: what coturn's configuration can hold, too."""
    secret = path.read_bytes().strip()
    fits = len(secret) >= LEAST_SECRET_BYTES and all(33 <= byte <= 126 for byte in secret)
    if not fits or b"#" in secret:
        raise ValueError(
            f"{path.name} must hold one line of {LEAST_SECRET_BYTES} or more printable characters"
            " without spaces or #: openssl rand -hex 32"
        )
    return secret

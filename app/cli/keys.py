"""`openconsult renew-keys` and `erase-key`: the keys of organisations, at the terminal."""

import sys
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import select

from app.cli.people import UnknownOrganization
from app.cli.reach import at_the_terminal, on_database, organization_id_of
from app.clock import utc_now
from app.config import Settings
from app.database import Database
from app.documents import Renewal
from app.errors import KeyErased, Unavailable
from app.models import Organization
from app.sealing import Sealing, open_sealing


class NotConfirmed(Exception):
    """Whoever asks for the end of everything did not say so twice."""


@dataclass
class Renewed:
    """What was done for all organisations together; `left` are the ODS codes of those for whom
    something needs a key that this installation does not have."""

    keys: int = 0
    wrapped: int = 0
    left: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"Keys of organisations sealed anew: {self.keys}. "
            f"Keys of documents and recordings that these wrap from now on: {self.wrapped}."
        )

    @property
    def complaint(self) -> str:
        """What to do about those who are left, if any."""
        if not self.left:
            return ""
        return (
            f"Some of these organisations' keys need a sealing key that is missing here: "
            f"{', '.join(self.left)}. See OPENCONSULT_EARLIER_SEALING_KEY_FILES."
        )


def renew_keys(settings: Settings) -> Renewed:
    """Seal every organisation's key with the present sealing key.

    Raises DatabaseUnreachable, EmbeddedDatabaseError; OSError, ValueError for an unfit key file.
    """
    return on_database(settings, partial(_renew, sealing=open_sealing(settings)))


async def _renew(database: Database, sealing: Sealing) -> Renewed:
    done = Renewed()
    async with database.transaction() as session:
        houses = (await session.execute(select(Organization.id, Organization.ods_code))).all()
    for organization_id, ods_code in houses:
        renewal = Renewal(database, sealing, at_the_terminal("renew-keys", organization_id))
        try:
            await renewal.run()
        except KeyErased:
            continue
        except Unavailable:
            done.left.append(ods_code)
            continue
        done.keys += renewal.is_renewed
        done.wrapped += renewal.wrapped
        if renewal.unopened:
            done.left.append(ods_code)
    return done


def ask_again() -> str:
    """The ODS code once more, typed or piped in."""
    if sys.stdin.isatty():
        return input("All documents and recordings end for good. Its ODS code again: ")
    return sys.stdin.readline().rstrip("\n")


def erase_key(settings: Settings, ods_code: str, again: str) -> None:
    """Erase the key of this organisation.

    Raises NotConfirmed, UnknownOrganization, Unavailable where its key cannot be opened here, and
    what renew_keys does.
    """
    if again.strip().upper() != ods_code:
        raise NotConfirmed("The two ODS codes differ: nothing is erased.")
    on_database(settings, partial(_erase, sealing=open_sealing(settings), ods_code=ods_code))


async def _erase(database: Database, sealing: Sealing, ods_code: str) -> None:
    organization_id = await organization_id_of(database, ods_code)
    if organization_id is None:
        raise UnknownOrganization(f"There is no organisation {ods_code}.")
    renewal = Renewal(database, sealing, at_the_terminal("erase-key", organization_id))
    await renewal.erase(utc_now())

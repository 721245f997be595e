"""What a way out of the house promises."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.notifications.kinds import Medium


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message in words. `id` is the Communication's, and the provider's reference.

    `is_repeat` says that an attempt before may have got through. `method` and `calendar` are an
    invitation's (RFC 5546), where there is one.
    """

    id: UUID
    medium: Medium
    to: str
    text: str
    subject: str = ""
    html: str = ""
    sender_name: str = ""
    method: str = ""
    calendar: bytes = b""
    is_repeat: bool = False


class Undelivered(Exception):
    """`problem` is for staff: plain, and without anything of the patient."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


class Refused(Undelivered):
    """It would be refused again: nobody lives at this address."""


class Unreachable(Undelivered):
    """Later may be better."""


class Gateway(Protocol):
    """Sends, and answers with the provider's id. Raises Refused, Unreachable."""

    async def send(self, outgoing: Outgoing) -> str:
        """Hand it over. A repeat must not reach a person twice, as far as the provider allows."""
        ...

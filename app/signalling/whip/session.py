"""One device's session: its answer, its entity tag, trickle and ICE restart (RFC 9725 §4.3).

The tag stands for the ICE session: it changes with each restart and with nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.signalling.messages import Connection
from app.signalling.whip.fragment import Fragment, FragmentRefused, fragment_of, parse_fragment
from app.signalling.whip.offer import check_offer, complete_answer, with_credentials


class PreconditionRequired(Exception):
    """A PATCH without If-Match: 428 (RFC 6585 §3)."""


class PreconditionFailed(Exception):
    """The tag is of an ICE session that is over: 412 (RFC 9110 §15.5.13)."""


@dataclass(frozen=True)
class Restarted:
    """Our new credentials, as a fragment, and the tag that holds from now on."""

    fragment: str
    etag: str


class Transport(Protocol):
    """The connection under a session, which answers the first offer and each restart."""

    def answer(self, offer_sdp: str) -> str:
        """Raises OfferRefused, and then nothing has changed."""

    def candidate(self, candidate: str) -> None:
        """One that was trickled."""


class Session:
    """What the device and we have agreed on."""

    def __init__(
        self, connection: Connection, transport: Transport, new_id: Callable[[], str]
    ) -> None:
        self.etag = ""
        self._connection: Connection = connection
        self._transport = transport
        self._new_id = new_id
        self._offer = ""
        self._ufrag = ""
        self._restarted: Restarted | None = None

    def open(self, offer_sdp: str) -> str:
        """The answer. Raises OfferRefused."""
        offer = check_offer(offer_sdp, self._connection)
        answer = self._transport.answer(offer_sdp)
        self._offer, self._ufrag, self.etag = offer_sdp, offer.ufrag, self._new_tag()
        return complete_answer(answer)

    def patch(self, text: str, if_match: str | None) -> Restarted | None:
        """Take a fragment; Restarted where it restarted ICE, None where it only trickled.

        Raises PreconditionRequired, PreconditionFailed, FragmentRefused and OfferRefused; the
        session goes on as it was.
        """
        if if_match is None:
            raise PreconditionRequired
        fragment = parse_fragment(text)
        if if_match.strip() == "*":
            return self._restart(fragment)
        if self.etag not in [tag.strip() for tag in if_match.split(",")]:
            raise PreconditionFailed
        self._trickle(fragment)
        return None

    def _trickle(self, fragment: Fragment) -> None:
        # Candidates of another ICE session are of no use and no error (RFC 9725 §4.3.2).
        if fragment.ufrag in {None, self._ufrag}:
            for candidate in fragment.candidates:
                self._transport.candidate(candidate)

    def _restart(self, fragment: Fragment) -> Restarted:
        ufrag, password = fragment.ufrag, fragment.password
        if ufrag is None or password is None:
            raise FragmentRefused("a restart needs a new ice-ufrag and ice-pwd")
        if ufrag == self._ufrag:
            return self._repeated()
        offer = with_credentials(self._offer, ufrag, password)
        answer = self._transport.answer(offer)
        self._offer, self._ufrag, self.etag = offer, ufrag, self._new_tag()
        self._restarted = Restarted(fragment_of(answer), self.etag)
        return self._restarted

    def _repeated(self) -> Restarted:
        """A restart whose answer was lost comes again: it gets the same one, not another."""
        if self._restarted is None:
            raise FragmentRefused("the credentials are those of the offer: nothing restarts")
        return self._restarted

    def _new_tag(self) -> str:
        return f'"{self._new_id()}"'

"""One encoder's session: its answer, its entity tag, trickle and ICE restart (RFC 9725 §4.3).

The tag stands for the ICE session: it changes with each restart and with nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.signalling.peers import Publisher
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


class Session:
    """Over a publishing connection, which answers each offer and each restart."""

    def __init__(self, publisher: Publisher, new_id: Callable[[], str]) -> None:
        self.etag = ""
        self._publisher = publisher
        self._new_id = new_id
        self._offer = ""
        self._ufrag = ""
        self._tracks: Mapping[str, str] = {}
        self._restarted: Restarted | None = None

    def open(self, offer_sdp: str) -> tuple[str, Mapping[str, str]]:
        """The answer, and mid → track id of what will be sent. Raises OfferRefused."""
        offer = check_offer(offer_sdp)
        tracks = {media.mid: self._new_id() for media in offer.media}
        answer = self._publisher.answer(offer_sdp, tracks)
        self._offer, self._ufrag, self._tracks = offer_sdp, offer.ufrag, tracks
        self.etag = self._new_tag()
        return complete_answer(answer), tracks

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
                self._publisher.candidate(candidate)

    def _restart(self, fragment: Fragment) -> Restarted:
        ufrag, password = fragment.ufrag, fragment.password
        if ufrag is None or password is None:
            raise FragmentRefused("a restart needs a new ice-ufrag and ice-pwd")
        if ufrag == self._ufrag:
            return self._repeated()
        offer = with_credentials(self._offer, ufrag, password)
        answer = self._publisher.answer(offer, self._tracks)
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

    def close(self) -> None:
        """End the connection: the encoder's DELETE, or the room's end."""
        self._publisher.close()

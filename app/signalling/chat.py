"""The chat of one room: each line once, and the latest kept for whoever comes back."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from uuid import UUID

from app.signalling.messages import ChatLine

# What a snapshot carries must fit a line to the web process, where a character escaped twice
# takes four bytes (client.MAX_LINE_BYTES).
KEPT_LINES = 100
KEPT_CHARS = 32_768
# Repeats come within a resume window; fifty messages a second for two minutes is the most.
KNOWN_IDS = 6_000


@dataclass(frozen=True, slots=True)
class Said:
    """A line with its sender's name as staff know it, and by which name the others do."""

    line: ChatLine
    shown_name: str

    def seen_by(self, *, staff: bool) -> ChatLine:
        """As staff read it, or as the others do."""
        if staff or self.shown_name == self.line.name:
            return self.line
        return self.line.model_copy(update={"name": self.shown_name})


class ChatHistory:
    """Lines in order. The whole chat is in the encounter's record; here is what a page needs."""

    def __init__(self) -> None:
        self.count = 0
        self._lines: deque[Said] = deque()
        self._chars = 0
        self._known: OrderedDict[tuple[UUID, UUID], None] = OrderedDict()

    def add(self, said: Said) -> bool:
        """Keep a line; false if the same participant has said it before."""
        known = (said.line.participant_id, said.line.id)
        if known in self._known:
            return False
        self._known[known] = None
        if len(self._known) > KNOWN_IDS:
            self._known.popitem(last=False)
        self._keep(said)
        return True

    def _keep(self, said: Said) -> None:
        self.count += 1
        self._lines.append(said)
        self._chars += len(said.line.text)
        while len(self._lines) > KEPT_LINES or self._chars > KEPT_CHARS:
            self._chars -= len(self._lines.popleft().line.text)

    def since(self, number: int) -> tuple[Said, ...]:
        """The kept lines after the first `number` of all."""
        skipped = number - (self.count - len(self._lines))
        return tuple(self._lines)[max(0, skipped) :]

"""The chat of one room: each line once, and the latest kept for whoever comes back."""

from collections import OrderedDict, deque
from uuid import UUID

from app.signalling.messages import ChatLine

# What a snapshot carries must fit a line to the web process, where a character escaped twice
# takes four bytes (client.MAX_LINE_BYTES).
KEPT_LINES = 100
KEPT_CHARS = 32_768
# Repeats come within a resume window; fifty messages a second for two minutes is the most.
KNOWN_IDS = 6_000


class ChatHistory:
    """Lines in order. The whole chat is in the encounter's record; here is what a page needs."""

    def __init__(self) -> None:
        self.count = 0
        self._lines: deque[ChatLine] = deque()
        self._chars = 0
        self._known: OrderedDict[tuple[UUID, UUID], None] = OrderedDict()

    def add(self, line: ChatLine) -> bool:
        """Keep a line; false if the same participant has said it before."""
        said = (line.participant_id, line.id)
        if said in self._known:
            return False
        self._known[said] = None
        if len(self._known) > KNOWN_IDS:
            self._known.popitem(last=False)
        self._keep(line)
        return True

    def _keep(self, line: ChatLine) -> None:
        self.count += 1
        self._lines.append(line)
        self._chars += len(line.text)
        while len(self._lines) > KEPT_LINES or self._chars > KEPT_CHARS:
            self._chars -= len(self._lines.popleft().text)

    def since(self, number: int) -> tuple[ChatLine, ...]:
        """The kept lines after the first `number` of all."""
        skipped = number - (self.count - len(self._lines))
        return tuple(self._lines)[max(0, skipped) :]

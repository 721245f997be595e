"""One person's side of a room, said by the test: answers offers through node.js."""

import asyncio
import re

from playwright.async_api import Page

from tests.web.static.scripted import DEADLINE_SECONDS, Line, Message, ScriptedServer

ME = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"
GRANTS = {"publish": True, "subscribe": True, "chat": True, "admit": True, "remove": False}

JOIN = """async ([url, wanted]) => {
  const { Consultation } = await import("/static/call/consultation.js");
  const node = await import("/tests/node.js");
  const token = async () => ({ token: "token" });
  const consultation = new Consultation({ encounterId: "e", url, token });
  const seen = { ended: null, chat: [] };
  consultation.addEventListener("ended", ({ detail }) => (seen.ended = detail));
  consultation.addEventListener("chat", ({ detail }) => seen.chat.push(detail.text));
  Object.assign(window, { consultation, node, seen });
  await consultation.join(wanted);
}"""

UNTIL = """() => new Promise((resolve) => {
  const c = window.consultation;
  const check = () => (CONDITION) ? resolve(true) : false;
  c.addEventListener("change", check);
  // Some things settle after the change was announced.
  const poll = setInterval(() => check() === false || clearInterval(poll), 20);
  check();
})"""


def participant(identity: str, state: str = "admitted") -> Message:
    """As the others see somebody."""
    name = "Dr Ada Ode" if identity == OTHER else "Me"
    return {"id": identity, "name": name, "role": "clinician", "state": state, "connected": True}


def track(identity: str, owner: str, source: str) -> Message:
    """Something to subscribe to."""
    kind = "video" if source == "camera" else "audio"
    return {
        "id": identity,
        "participant_id": owner,
        "source": source,
        "kind": kind,
        "muted": False,
    }


def ufrag(sdp: str) -> str:
    """The name of its ICE credentials: another after a restart."""
    return sdp.partition("a=ice-ufrag:")[2].splitlines()[0]


class ScriptedRoom:
    """Numbers what it says; keeps what the browser last published and subscribed."""

    def __init__(self, page: Page, server: ScriptedServer) -> None:
        self._page = page
        self._server = server
        self._seq = 0
        self.line: Line
        self.published: Message = {}
        self.subscribed: Message = {}

    async def join(self, *, microphone: bool = True, camera: bool = True) -> None:
        """Have the page join, up to its hello."""
        wanted = {"microphone": microphone, "camera": camera}
        await self._page.evaluate(JOIN, [self._server.url, wanted])
        await self.reconnected()

    async def reconnected(self) -> Message:
        """Accept the page's next connection: its hello."""
        self.line = await self._server.accept()
        return await self.line.receive()

    async def welcome(
        self, *, state: str = "admitted", resumed: bool = False, tracks: tuple[Message, ...] = ()
    ) -> None:
        """Answer hello, with a snapshot unless resumed."""
        snapshot = {
            "participants": [participant(ME, state), participant(OTHER)],
            "tracks": list(tracks),
            "chat": [],
        }
        await self.line.send(
            type="welcome",
            epoch="a",
            seq=self._seq,
            participant_id=ME,
            state=state,
            resumed=resumed,
            grants=GRANTS,
            snapshot=None if resumed else snapshot,
        )

    async def say(self, **message: object) -> None:
        """A numbered message."""
        self._seq += 1
        await self.line.send(epoch="a", seq=self._seq, **message)

    async def expect(self, kind: str) -> Message:
        """The next message of this type; others before it fail the test, mutes and steps of
        the ladder are let through."""
        while True:
            message = await self.line.receive()
            if message["type"] == kind:
                return message
            assert message["type"] in {"mute", "sending"}, message

    async def answer(self, message: Message, *, reachable: bool = True) -> None:
        """Let the page's node answer a publish, a subscribe or an offer; not `reachable`, at a
        port where nobody is."""
        offer = message["offer"]
        assert isinstance(offer, dict)
        connection = message.get("connection", message["type"])
        if message["type"] == "publish":
            self.published = message
        if message["type"] == "subscribe":
            self.subscribed = message
        known = self.published if connection == "publish" else self.subscribed
        field = "source" if connection == "publish" else "track_id"
        tracks = known["tracks"]
        assert isinstance(tracks, list)
        lines = {line["mid"]: line[field] for line in tracks}
        sdp = await self._page.evaluate(
            "([connection, sdp, lines]) => window.node[connection](sdp, lines)",
            [connection, offer["sdp"], lines],
        )
        if not reachable:
            sdp = re.sub(r"(a=candidate:\S+ 1 udp \d+ \S+) \d+", r"\1 9", sdp)
            sdp = re.sub(r"a=ice-pwd:\S+", "a=ice-pwd:" + "x" * 24, sdp)
        await self.say(type="answer", connection=connection, offer_id=offer["id"], sdp=sdp)

    async def until(self, condition: str) -> None:
        """Wait until a condition on the consultation `c` holds."""
        waiting = self._page.evaluate(UNTIL.replace("CONDITION", condition))
        await asyncio.wait_for(waiting, DEADLINE_SECONDS)

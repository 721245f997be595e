"""What is known of the room, message by message."""

import pytest
from playwright.async_api import Page

from tests.web.static.call.room import ME, OTHER, participant, track
from tests.web.static.scripted import Message

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

APPLY = """async (messages) => {
  const { EMPTY_ROOM, applied, ownTracks, remoteTracks } =
    await import("/static/call/room.js");
  const room = messages.reduce(applied, EMPTY_ROOM);
  return {
    state: room.state,
    participants: [...room.participants.keys()],
    own: ownTracks(room).map(({ id }) => id),
    remote: remoteTracks(room).map(({ id }) => id),
    muted: [...room.tracks.values()].filter(({ muted }) => muted).map(({ id }) => id),
    chat: room.chat.map(({ text }) => text),
    held: [...room.held],
  };
}"""

CAMERA = track("theirs", OTHER, "camera")
LINE = {"id": "l1", "participant_id": OTHER, "name": "Ada", "text": "Hello", "sent_at": "now"}


def welcome(*, state: str = "admitted", tracks: tuple[Message, ...] = ()) -> Message:
    people = [participant(ME, state), participant(OTHER)]
    snapshot = {"participants": people, "tracks": list(tracks), "chat": []}
    return {
        "type": "welcome",
        "participant_id": ME,
        "state": state,
        "resumed": False,
        "grants": {},
        "snapshot": snapshot,
    }


ADDED: Message = {"type": "track_added", "track": CAMERA}
MUTED: Message = {"type": "track_muted", "track_id": "theirs", "muted": True}
LEFT: Message = {"type": "participant_left", "participant_id": OTHER, "reason": "left"}
CHAT: Message = {"type": "chat", "line": LINE}
RESUMED: Message = welcome() | {"resumed": True, "snapshot": None}
ADMITTED: Message = {
    "type": "admitted",
    "snapshot": {"participants": [participant(ME)], "tracks": [CAMERA], "chat": [LINE]},
}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([welcome()], {"state": "admitted", "participants": [ME, OTHER], "remote": []}),
        ([welcome(), ADDED], {"remote": ["theirs"], "own": []}),
        ([welcome(tracks=(track("mine", ME, "camera"),))], {"own": ["mine"], "remote": []}),
        ([welcome(), ADDED, MUTED], {"muted": ["theirs"]}),
        ([welcome(), ADDED, MUTED, ADDED], {"muted": []}),
        ([welcome(), MUTED], {"muted": [], "remote": []}),
        ([welcome(), ADDED, LEFT], {"participants": [ME], "remote": []}),
        ([welcome(), ADDED, {"type": "track_removed", "track_id": "theirs"}], {"remote": []}),
        ([welcome(), CHAT, CHAT], {"chat": ["Hello"]}),
        ([welcome(), ADDED, CHAT, RESUMED], {"remote": ["theirs"], "chat": ["Hello"]}),
        ([welcome(), ADDED, CHAT, welcome()], {"remote": [], "chat": []}),
        ([welcome(state="waiting")], {"state": "waiting"}),
        ([welcome(state="waiting"), ADMITTED], {"state": "admitted", "remote": ["theirs"]}),
        (
            [
                welcome(state="waiting"),
                {"type": "participant_updated", "participant": participant(ME)},
            ],
            {"state": "admitted"},
        ),
        ([welcome(), {"type": "ended"}], {"state": "admitted"}),
    ],
)
async def test_the_room_follows_the_messages(
    bare_page: Page, messages: list[Message], expected: dict[str, object]
) -> None:
    room = await bare_page.evaluate(APPLY, messages)

    assert {name: room[name] for name in expected} == expected


async def test_pictures_held_back_are_listed_anew_each_time(bare_page: Page) -> None:
    held: Message = {"type": "pictures_held", "track_ids": ["theirs"]}
    none: Message = {"type": "pictures_held", "track_ids": []}
    snapshot = welcome(tracks=(CAMERA,))

    assert (await bare_page.evaluate(APPLY, [snapshot, held]))["held"] == ["theirs"]
    assert (await bare_page.evaluate(APPLY, [snapshot, held, none]))["held"] == []
    assert (await bare_page.evaluate(APPLY, [snapshot, held, snapshot]))["held"] == []

"""A recorded call from the question to the film: HTTP, room server, database and disk are real."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import av
import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from app import documents, encounters
from app.config import Settings
from app.database import Database
from app.documents.keys import erase_key
from app.identity import Principal
from app.main import create_app
from app.models import AuditEvent, Recording, RecordingConsent, RecordingFilm
from app.models.recording import MOST_FILM_FAILURES
from app.routers.film_maker import GIVE_UP_ASKING, STALE_SECONDS, FilmMaker
from app.sealing import CannotUnseal, open_sealing
from app.signalling.client import Pipe, RoomServers
from app.signalling.clock import Clock
from app.signalling.media.codecs import Codec
from app.signalling.media.tap import Recorder
from app.signalling.messages import (
    Admission,
    AnswerRecording,
    Deliver,
    Frame,
    Grants,
    Join,
    Message,
    Offer,
    Publish,
    PublishedTrack,
    RecordingChanged,
    StopRecording,
    server_message,
)
from app.signalling.participants import Surroundings
from app.signalling.recording.writer import Recording as File
from app.signalling.recording.writer import RecordingWriter, path_of
from app.signalling.server import RoomServer, unguessable_id
from tests.encounters.world import NOON, Practice, planned, practice
from tests.routers.service import ACTING, People, requests_alone
from tests.signalling.fakes import FakeMedia, offer
from tests.signalling.recording.made_up import Sent, audio, pictures, video

pytestmark = [pytest.mark.anyio, pytest.mark.database]

DEADLINE = 15.0
CAMERA = Publish(
    tracks=(PublishedTrack(mid="0", source="camera"), PublishedTrack(mid="1", source="microphone")),
    offer=Offer(id=1, sdp=offer()),
)


class TappedMedia(FakeMedia):
    """Hands what a test sends to whatever records."""

    def __init__(self) -> None:
        super().__init__()
        self.recorders: dict[str, Recorder] = {}

    def record(self, track_id: str, recorder: Recorder | None) -> None:
        super().record(track_id, recorder)
        if recorder is None:
            self.recorders.pop(track_id, None)
        else:
            self.recorders[track_id] = recorder

    def send(self, place: int, sent: list[Sent]) -> None:
        """Packets of the track that was recorded at that place."""
        tap = list(self.recorders.values())[place].layer(0)
        assert tap
        tap.begins({96: Codec("VP8"), 111: Codec("opus")})
        for each in sent:
            tap.packet(each.packet)


class Studio:
    """The people of one call, what they say, and what comes of it."""

    def __init__(self, house: Practice, settings: Settings) -> None:
        self.house, self.settings = house, settings
        self.media = TappedMedia()
        self.http: httpx2.AsyncClient
        self.rooms: RoomServers
        self.doctor: Pipe
        self.patient: Pipe
        self.stack = AsyncExitStack()
        self.encounter_id: UUID

    @property
    def folder(self) -> Path:
        return self.settings.recordings_dir

    def maker(self, system_time: float | None = None) -> FilmMaker:
        now = time.time if system_time is None else lambda: system_time
        return FilmMaker(
            self.house.database, self.folder, open_sealing(self.settings), system_time=now
        )

    async def enters(self, principal: Principal) -> Pipe:
        async with self.house.acting(principal) as session:
            seat = await encounters.admit(session, principal, self.encounter_id, now=NOON)
        admission = Admission(
            room_id=seat.room_id,
            encounter_id=seat.encounter_id,
            organization_id=seat.organization_id,
            participant_id=seat.participant_id,
            name=seat.name,
            role=seat.role,
            state="admitted",
            grants=Grants(record=seat.role == "clinician"),
        )
        pipe = await self.stack.enter_async_context(self.rooms.attach(admission, None))
        await say(pipe, Join())
        await say(pipe, CAMERA)
        return pipe

    async def ask(self) -> httpx2.Response:
        return await self.http.post(f"/api/v1/encounters/{self.encounter_id}/recordings")

    async def state(self, recording_id: str, wanted: str) -> Recording:
        """The row, once it is in that state."""
        async with asyncio.timeout(DEADLINE):
            while True:
                async with self.house.acting() as session:
                    row = await session.get_one(Recording, UUID(recording_id))
                if row.state == wanted:
                    return row
                await asyncio.sleep(0.02)

    async def consents(self) -> list[tuple[str, str, bool]]:
        async with self.house.acting() as session:
            rows = await session.scalars(
                select(RecordingConsent).order_by(RecordingConsent.decided_at)
            )
            return [(row.name, row.decision, row.withdrawn_at is not None) for row in rows]

    async def audited(self) -> list[tuple[str, str]]:
        async with self.house.acting() as session:
            rows = await session.scalars(
                select(AuditEvent)
                .where(AuditEvent.resource == "Recording")
                .order_by(AuditEvent.recorded_at)
            )
            return [(row.what, row.agent_name) for row in rows]


async def say(pipe: Pipe, message: Message) -> None:
    await pipe.send(Frame(text=message.model_dump_json()))


async def changed(pipe: Pipe, state: str | None) -> RecordingChanged:
    """The next news that the recording is in that state."""
    async with asyncio.timeout(DEADLINE):
        async for line in pipe:
            if isinstance(line, Deliver):
                message = server_message.validate_json(line.text)
                if isinstance(message, RecordingChanged):
                    found = message.recording.state if message.recording else None
                    if found == state:
                        return message
    raise AssertionError(f"never {state}")


@pytest.fixture
async def studio(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    house = await practice(database)
    path = tmp_path / "room.sock"
    settings = Settings(
        DATABASE_URL=SecretStr(database_url), data_dir=tmp_path / "data", room_sockets=(path,)
    )
    opened = Studio(house, settings)
    visit = await planned(house)
    opened.encounter_id, opened.rooms = visit.encounter_id, RoomServers([path])
    people = People(
        doctor=house.staff(), scheduler=house.staff("scheduler"), patient=visit.patient_principal
    )
    app = requests_alone(create_app(settings))
    app.state.clock = lambda: NOON
    app.state.caller = people
    loop, stop, ready = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

    def ended(file: File) -> None:
        failed = file.state == "failed"
        loop.call_soon_threadsafe(partial(server.recording_ended, file.id, failed=failed))

    writer = RecordingWriter(settings.recordings_dir, ended)
    server = RoomServer(Surroundings(opened.media, writer, Clock(), unguessable_id))
    serving = asyncio.create_task(server.run(path, stop, ready))
    await asyncio.wait_for(ready.wait(), DEADLINE)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", headers={ACTING: "doctor"}
        ) as opened.http,
        opened.stack,
    ):
        opened.doctor = await opened.enters(house.staff())
        opened.patient = await opened.enters(visit.patient_principal)
        yield opened
    stop.set()
    await asyncio.wait_for(serving, DEADLINE)
    await asyncio.to_thread(writer.close)


async def recorded(studio: Studio, seconds: int = 2) -> str:
    """A recording of the doctor's and the patient's pictures that goes on; its id."""
    recording_id = str((await studio.ask()).json()["id"])
    await changed(studio.patient, "asked")
    await say(studio.patient, AnswerRecording(recording_id=UUID(recording_id), agrees=True))
    await changed(studio.patient, "recording")
    studio.media.send(0, video("VP8", pictures("VP8", 25 * seconds, size=(160, 90))))
    studio.media.send(1, audio(seconds))
    await studio.state(recording_id, "recording")
    return recording_id


async def over(studio: Studio) -> str:
    recording_id = await recorded(studio)
    await say(studio.doctor, StopRecording(recording_id=UUID(recording_id)))
    await studio.state(recording_id, "ended")
    assert await studio.maker().make_due(NOON) == 1
    return recording_id


async def test_a_call_that_all_agreed_to_is_played(studio: Studio) -> None:
    recording_id = await over(studio)

    whole = (await studio.http.get(f"/api/v1/recordings/{recording_id}")).json()
    (film,) = whole["films"]
    octets = (await studio.http.get(f"/api/v1/recordings/films/{film['id']}")).content

    assert (whole["state"], whole["ending"]) == ("ready", "complete")
    assert (len(octets), film["media_type"]) == (film["size_bytes"], "video/webm")
    path = studio.folder / "clear.webm"
    path.write_bytes(octets)
    with av.open(str(path)) as container:
        assert len(list(container.decode(video=0))) == 50


async def test_everybodys_word_is_kept_with_what_they_read(studio: Studio) -> None:
    recording_id = await over(studio)

    whole = (await studio.http.get(f"/api/v1/recordings/{recording_id}")).json()

    assert [consent["decision"] for consent in whole["consents"]] == ["permit", "permit"]
    assert all("record this call" in consent["words"] for consent in whole["consents"])
    done = await studio.audited()
    assert [what for what, _ in done][:4] == [
        "ask for Recording",
        "agree to Recording",
        "agree to Recording",
        "start Recording",
    ]
    assert ("stop Recording", "Dr Amara Okafor") in done


async def test_a_player_gets_the_part_it_asks_for(studio: Studio) -> None:
    recording_id = await over(studio)
    whole = (await studio.http.get(f"/api/v1/recordings/{recording_id}")).json()
    url = f"/api/v1/recordings/films/{whole['films'][0]['id']}"
    octets = (await studio.http.get(url)).content

    part = await studio.http.get(url, headers={"Range": "bytes=100-199"})
    rest = await studio.http.get(url, headers={"Range": f"bytes={len(octets) - 10}-"})
    beyond = await studio.http.get(url, headers={"Range": f"bytes={len(octets)}-"})

    assert (part.status_code, part.content) == (206, octets[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(octets)}"
    assert rest.content == octets[-10:]
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(octets)}"

    last = await studio.http.get(url, headers={"Range": "bytes=-10"})
    assert (last.status_code, last.content) == (206, octets[-10:])
    for not_understood in ("bytes=-", "bytes=9-2", "bytes=0-1,5-6", "items=0-1"):
        answer = await studio.http.get(url, headers={"Range": not_understood})
        assert (answer.status_code, answer.content) == (200, octets)


async def test_others_neither_see_nor_play_it(studio: Studio) -> None:
    recording_id = await over(studio)
    whole = (await studio.http.get(f"/api/v1/recordings/{recording_id}")).json()
    film = f"/api/v1/recordings/films/{whole['films'][0]['id']}"

    for who in ("scheduler", "patient"):
        for url in (f"/api/v1/recordings/{recording_id}", film):
            refused = await studio.http.get(url, headers={ACTING: who})
            assert refused.status_code == 403


async def test_a_no_leaves_no_key_behind(studio: Studio) -> None:
    recording_id = str((await studio.ask()).json()["id"])
    await changed(studio.patient, "asked")

    await say(studio.patient, AnswerRecording(recording_id=UUID(recording_id), agrees=False))

    row = await studio.state(recording_id, "void")
    assert row.sealed_key is None
    assert sorted(decision for _, decision, _ in await studio.consents()) == ["deny", "permit"]
    assert not studio.folder.exists() or not list(studio.folder.iterdir())


async def test_consent_taken_back_is_on_record_and_what_came_before_stays(studio: Studio) -> None:
    recording_id = await recorded(studio)

    await say(studio.patient, AnswerRecording(recording_id=UUID(recording_id), agrees=False))
    last = await changed(studio.doctor, None)

    assert last.ended == "withdrawn"
    await studio.state(recording_id, "ended")
    assert sorted(withdrawn for *_, withdrawn in await studio.consents()) == [False, True]


async def test_what_the_room_tells_twice_is_recorded_once(studio: Studio) -> None:
    recording_id = await over(studio)
    before = await studio.audited()
    people = [consent[0] for consent in await studio.consents()]
    async with studio.house.acting() as session:
        row = (await session.scalars(select(RecordingConsent))).first()
    assert row

    again: tuple[documents.RecordingEvent, ...] = ("agreed", "started", "stopped", "written")
    for event in again:
        word = row.participant_id if event == "agreed" else None
        async with studio.house.as_room() as session:
            await documents.note(session, UUID(recording_id), event, participant_id=word, at=NOON)

    assert await studio.audited() == before
    assert [consent[0] for consent in await studio.consents()] == people
    assert (await studio.state(recording_id, "ready")).ended_at != NOON


async def test_only_one_is_asked_for_at_a_time(studio: Studio) -> None:
    await recorded(studio)

    again = await studio.ask()

    assert (again.status_code, again.json()["type"].rsplit("/", 1)[-1]) == (409, "cannot-record")


async def test_schedulers_and_patients_cannot_ask(studio: Studio) -> None:
    url = f"/api/v1/encounters/{studio.encounter_id}/recordings"

    for who in ("scheduler", "patient"):
        assert (await studio.http.post(url, headers={ACTING: who})).status_code == 403


async def test_a_recording_whose_server_was_killed_plays_up_to_there(studio: Studio) -> None:
    recording_id = await recorded(studio)
    path = path_of(studio.folder, UUID(recording_id))
    await _written(path)

    assert await studio.maker().make_due(NOON) == 0
    assert await studio.maker(time.time() + STALE_SECONDS + 10).make_due(NOON) == 1

    row = await studio.state(recording_id, "ready")
    assert row.ending == "cut"
    assert row.reaches_ms == pytest.approx(2_000, abs=60)


async def test_a_damaged_recording_says_from_where(studio: Studio) -> None:
    recording_id = await recorded(studio)
    await say(studio.doctor, StopRecording(recording_id=UUID(recording_id)))
    await studio.state(recording_id, "ended")
    path = path_of(studio.folder, UUID(recording_id))
    octets = bytearray(path.read_bytes())
    octets[-1] ^= 1
    path.write_bytes(octets)

    await studio.maker().make_due(NOON)

    assert (await studio.state(recording_id, "ready")).ending == "damaged"


async def given_up(studio: Studio) -> tuple[str, Path]:
    """A recording whose file was away whenever films were to be made; where it has to be."""
    recording_id = await recorded(studio)
    await say(studio.doctor, StopRecording(recording_id=UUID(recording_id)))
    await studio.state(recording_id, "ended")
    path = path_of(studio.folder, UUID(recording_id))
    away = path.rename(path.with_suffix(".away"))
    for _ in range(MOST_FILM_FAILURES):
        assert await studio.maker().make_due(NOON) == 0
    away.rename(path)
    return recording_id, path


async def test_films_that_cannot_be_made_are_tried_a_few_times(studio: Studio) -> None:
    recording_id, _ = await given_up(studio)

    assert await studio.maker().make_due(NOON) == 0
    read = (await studio.http.get(f"/api/v1/recordings/{recording_id}")).json()
    assert (read["state"], read["films_failed"]) == ("ended", True)
    assert ("give up films of Recording", "") in await studio.audited()


async def test_films_that_were_given_up_are_made_when_somebody_asks(studio: Studio) -> None:
    recording_id, _ = await given_up(studio)
    url = f"/api/v1/recordings/{recording_id}/retry"

    asked, again = [await studio.http.post(url) for _ in range(2)]

    assert asked.json() == again.json()
    assert asked.json()["films_failed"] is False
    assert await studio.maker().make_due(NOON) == 1
    await studio.state(recording_id, "ready")
    tried = [what for what, _ in await studio.audited() if "again" in what]
    assert tried == ["try films of Recording again"]


async def test_others_do_not_have_them_made(studio: Studio) -> None:
    recording_id, _ = await given_up(studio)

    for who in ("scheduler", "patient"):
        refused = await studio.http.post(
            f"/api/v1/recordings/{recording_id}/retry", headers={ACTING: who}
        )
        assert refused.status_code == 403
    assert await studio.maker().make_due(NOON) == 0


async def test_a_key_that_does_not_open_holds_up_no_other_recording(studio: Studio) -> None:
    first = await recorded(studio)
    await say(studio.doctor, StopRecording(recording_id=UUID(first)))
    await studio.state(first, "ended")
    async with studio.house.acting() as session:
        (await session.get_one(Recording, UUID(first))).sealed_key = b"of another installation"
    second = await recorded(studio)
    await say(studio.doctor, StopRecording(recording_id=UUID(second)))
    await studio.state(second, "ended")

    assert await studio.maker().make_due(NOON) == 1

    await studio.state(second, "ready")
    assert (await studio.state(first, "ended")).film_failures == 1


async def test_one_look_is_one_line_of_the_audit_however_many_parts_are_fetched(
    studio: Studio,
) -> None:
    recording_id = await over(studio)
    whole = (await studio.http.get(f"/api/v1/recordings/{recording_id}")).json()
    url = f"/api/v1/recordings/films/{whole['films'][0]['id']}"

    parts = [{"Range": f"bytes={start}-{start + 99}"} for start in range(0, 1_000, 100)]
    answers = await asyncio.gather(*(studio.http.get(url, headers=part) for part in parts))

    assert {answer.status_code for answer in answers} == {206}
    assert [what for what, _ in await studio.audited()].count("play Recording") == 1


async def test_a_film_that_was_shortened_is_refused(studio: Studio) -> None:
    recording_id = await over(studio)
    whole = (await studio.http.get(f"/api/v1/recordings/{recording_id}")).json()
    (film,) = whole["films"]
    path = studio.folder / f"{film['id']}.film"
    os.truncate(path, path.stat().st_size - 1)

    refused = await studio.http.get(f"/api/v1/recordings/films/{film['id']}")

    assert refused.status_code == 503


async def test_erasing_ends_key_and_files(studio: Studio) -> None:
    recording_id = await over(studio)
    row = await studio.state(recording_id, "ready")

    assert await studio.maker().erase_due(NOON) == 0
    assert await studio.maker().erase_due(row.keep_until) == 1

    gone = await studio.state(recording_id, "ready")
    assert (gone.sealed_key, gone.erased_at) == (None, row.keep_until)
    assert list(studio.folder.iterdir()) == []
    async with studio.house.acting() as session:
        assert (await session.scalars(select(RecordingFilm))).all() == []


async def test_without_the_organisations_key_nothing_is_played_made_or_asked_for(
    studio: Studio,
) -> None:
    recording_id = await over(studio)
    film = (await studio.http.get(f"/api/v1/recordings/{recording_id}")).json()["films"][0]
    async with studio.house.acting() as session:
        await erase_key(session, now=NOON)
        row = await session.get_one(Recording, UUID(recording_id))
        row.state = "ended"

    played = await studio.http.get(f"/api/v1/recordings/films/{film['id']}")
    asked = await studio.ask()

    assert (played.status_code, asked.status_code) == (410, 410)
    assert played.json()["type"] == asked.json()["type"] == "/problems/key-erased"
    assert "were erased" in played.json()["title"]
    assert await studio.maker().make_due(NOON) == 0


async def test_what_nobody_answered_is_given_up(studio: Studio) -> None:
    await studio.ask()

    assert await studio.maker().erase_due(NOON + GIVE_UP_ASKING - timedelta(seconds=1)) == 0
    assert await studio.maker().erase_due(NOON + GIVE_UP_ASKING) == 1


async def test_a_key_is_wrapped_by_the_organisations(studio: Studio) -> None:
    recording_id = await recorded(studio)
    row = await studio.state(recording_id, "recording")
    packets = path_of(studio.folder, UUID(recording_id)).read_bytes()

    assert row.sealed_key
    with pytest.raises(CannotUnseal):
        open_sealing(studio.settings).unseal(row.sealed_key, f"recording {recording_id} key")
    async with studio.house.acting() as session:
        key = await documents.unwrapped(session, open_sealing(studio.settings), row)

    assert len(key) == 32
    assert key not in packets
    assert key not in row.sealed_key


async def _written(path: Path) -> None:
    """Until what was sent is on the disk."""
    size = -1
    while size != path.stat().st_size or size < 10_000:
        size = path.stat().st_size
        await asyncio.sleep(0.5)

"""Another organisation with one of everything, named so that a leak shows."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from app.database import Database
from app.identity import Actor
from app.models import (
    ApiClient,
    Appointment,
    AppointmentSeries,
    Base,
    BusySource,
    ChatMessage,
    Communication,
    Document,
    DocumentMark,
    Encounter,
    EncounterParticipant,
    LineCheck,
    Location,
    Monitor,
    MonitorLink,
    Note,
    Observation,
    Patient,
    Practitioner,
    PractitionerRole,
    ScheduleException,
    ServiceRequest,
    VideoDevice,
    WaitingListEntry,
    WaitingListOffer,
    Webhook,
)
from tests.clinic import Clinic, at, open_clinic

MARK = "Quillfeather"
NOT_KEPT_APART = {"audit_event", "job_lease", "organization", "outbox_consumer", "outbox_event"}


@dataclass(frozen=True)
class Neighbour:
    """Its ids by the names of path parameters and fields."""

    clinic: Clinic
    ids: dict[str, UUID]

    def id_of(self, name: str) -> UUID | None:
        """The id that a parameter or field of this name means."""
        return self.ids.get(name)

    async def contents(self, database: Database) -> dict[str, list[str]]:
        """Every row that it owns, as text."""
        tables = [name for name in Base.metadata.tables if name not in NOT_KEPT_APART]
        kept = {}
        async with database.transaction(Actor(self.clinic.organization_id)) as session:
            for table in tables:
                rows = await session.execute(
                    text(
                        f"SELECT t::text FROM {table} t"  # noqa: S608 (our own table names)
                        " WHERE organization_id = :own ORDER BY 1"
                    ),
                    {"own": self.clinic.organization_id},
                )
                kept[table] = list(rows.scalars())
        return kept


async def open_neighbour(database: Database) -> Neighbour:
    clinic = await open_clinic(database, "B81002")
    names = (
        *("appointment_id", "encounter_id", "participant_id", "request_id", "observation_id"),
        *("note_id", "message_id", "hold_id", "webhook_id", "source_id", "entry_id", "offer_id"),
        *("series_id", "communication_id", "document_id", "mark_id"),
        *("monitor_id", "link_id", "client_id", "device_id", "check_id"),
    )
    ids = {name: uuid4() for name in names}
    ids |= {
        "organization_id": clinic.organization_id,
        "service_id": clinic.service_id,
        "practitioner_id": clinic.doctor_id,
        "doctor_id": clinic.doctor_id,
        "patient_id": clinic.patient_id,
        "colleague_id": clinic.second_doctor_id,
        "schedule_id": clinic.schedule_id,
        "with_ids": clinic.second_doctor_id,
        "practitioner_ids": clinic.doctor_id,
        "location_id": uuid4(),
        "exception_id": uuid4(),
    }
    async with database.transaction(clinic.actor) as session:
        (await session.get_one(Patient, clinic.patient_id)).family_name = MARK
        (await session.get_one(Practitioner, clinic.doctor_id)).family_name = MARK
        for rows in _records(ids):
            session.add_all(rows)
            await session.flush()
    return Neighbour(clinic, ids)


def _records(ids: dict[str, UUID]) -> list[list[Base]]:
    own = {"organization_id": ids["organization_id"]}
    of_both = {"practitioner_id": ids["practitioner_id"], "patient_id": ids["patient_id"]}
    taken = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    booking = {"service_id": ids["service_id"], "time_zone": "Europe/London", **of_both}
    return [
        [
            Appointment(
                id=ids["appointment_id"],
                status="booked",
                during=Range(at(10), at(10, 15)),
                wall_start="2026-11-23T10:00",
                **booking,
                **own,
            ),
            Appointment(
                id=ids["hold_id"],
                status="pending",
                during=Range(at(11), at(11, 15)),
                wall_start="2026-11-23T11:00",
                hold_expires_at=taken + timedelta(days=1),
                **{**booking, "patient_id": None},
                **own,
            ),
            PractitionerRole(
                practitioner_id=ids["practitioner_id"], role="crew", call_sign=MARK, **own
            ),
            Location(id=ids["location_id"], name=MARK, **own),
            ApiClient(
                id=ids["client_id"],
                client_id=MARK,
                secret_digest=b"digest",
                name=MARK,
                scopes=["device-feed"],
                **own,
            ),
            ScheduleException(
                id=ids["exception_id"],
                practitioner_id=ids["practitioner_id"],
                kind="closed",
                day=at(9).date(),
                start_time=time(9),
                end_time=time(10),
                reason=MARK,
                **own,
            ),
            BusySource(
                id=ids["source_id"],
                practitioner_id=ids["practitioner_id"],
                kind="file",
                name=MARK,
                **own,
            ),
            Webhook(
                id=ids["webhook_id"],
                url=f"https://{MARK}.example/",
                description=MARK,
                events=[],
                sealed_secret=b"sealed",
                **own,
            ),
            AppointmentSeries(
                id=ids["series_id"],
                recurrence="FREQ=WEEKLY;COUNT=2",
                first_day=at(10).date(),
                wall_time="10:00",
                minutes=15,
                channel="video",
                reason=MARK,
                **booking,
                **own,
            ),
            WaitingListEntry(
                id=ids["entry_id"],
                patient_id=ids["patient_id"],
                service_id=ids["service_id"],
                status="offered",
                reason=MARK,
                **own,
            ),
        ],
        [
            Encounter(
                id=ids["encounter_id"],
                appointment_id=ids["appointment_id"],
                planned_start=at(10),
                summary=MARK,
                **of_both,
                **own,
            )
        ],
        [
            WaitingListOffer(
                id=ids["offer_id"],
                entry_id=ids["entry_id"],
                hold_id=ids["hold_id"],
                practitioner_id=ids["practitioner_id"],
                service_id=ids["service_id"],
                start=at(11),
                end=at(11, 15),
                time_zone="Europe/London",
                channel="video",
                expires_at=taken + timedelta(days=1),
                **own,
            ),
            EncounterParticipant(
                id=ids["participant_id"],
                encounter_id=ids["encounter_id"],
                role="patient",
                name=MARK,
                patient_id=ids["patient_id"],
                waiting_since=taken,
                **own,
            ),
            Communication(
                id=ids["communication_id"],
                kind="confirmation",
                medium="email",
                dedupe_key=MARK,
                patient_id=ids["patient_id"],
                appointment_id=ids["appointment_id"],
                due_at=taken,
                status="failed",
                problem=MARK,
                **own,
            ),
            ServiceRequest(
                id=ids["request_id"],
                service_id=ids["service_id"],
                requester_id=ids["practitioner_id"],
                specialty="stroke",
                question=MARK,
                raised_at=taken,
                **own,
            ),
        ],
        [
            ChatMessage(
                id=ids["message_id"],
                encounter_id=ids["encounter_id"],
                participant_id=ids["participant_id"],
                name=MARK,
                text=MARK,
                sent_at=taken,
                **own,
            ),
            LineCheck(
                id=ids["check_id"],
                encounter_id=ids["encounter_id"],
                participant_id=ids["participant_id"],
                checked_at=taken,
                verdict="video",
                way="udp",
                browser=MARK,
                **own,
            ),
            Monitor(id=ids["monitor_id"], name=MARK, api_client_id=ids["client_id"], **own),
            VideoDevice(
                id=ids["device_id"],
                kind="encoder",
                name=MARK,
                call_sign=MARK,
                api_client_id=ids["client_id"],
                **own,
            ),
            Observation(
                id=ids["observation_id"],
                encounter_id=ids["encounter_id"],
                patient_id=ids["patient_id"],
                code="heart-rate",
                value=80,
                unit="/min",
                taken_at=taken,
                recorded_by_name=MARK,
                **own,
            ),
            Document(
                id=ids["document_id"],
                encounter_id=ids["encounter_id"],
                kind="photo",
                source="upload",
                media_type="image/jpeg",
                size_bytes=4,
                sha256=MARK,
                pages=1,
                caption=MARK,
                taken_at=taken,
                received_at=taken,
                recorded_by_name=MARK,
                keep_until=taken + timedelta(days=3_000),
                sealed_key=b"sealed",
                **own,
            ),
            Note(
                id=ids["note_id"],
                encounter_id=ids["encounter_id"],
                author_id=ids["practitioner_id"],
                author_name=MARK,
                text=MARK,
                updated_at=taken,
                **own,
            ),
        ],
        [
            DocumentMark(
                id=ids["mark_id"],
                document_id=ids["document_id"],
                page=1,
                shape={"kind": "spot", "points": [[0.5, 0.5]]},
                drawn_at=taken,
                drawn_by_name=MARK,
                **own,
            ),
            MonitorLink(
                id=ids["link_id"],
                monitor_id=ids["monitor_id"],
                monitor_name=MARK,
                service_request_id=ids["request_id"],
                how="chosen",
                since=taken,
                **own,
            ),
        ],
    ]

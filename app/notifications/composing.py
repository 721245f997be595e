"""A message that is due, in words: made at the last moment, from how things stand then."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app import encounters
from app.models import Appointment, Communication, MessagingPolicy, Patient, WaitingListOffer
from app.notifications.addressing import address_of, route_to
from app.notifications.facts import Facts, facts_of
from app.notifications.gateways import Outgoing
from app.notifications.invitations import Invited, Method, invitation
from app.notifications.kinds import MAY_WAIT, Kind, Medium
from app.notifications.policy import policy_of, quiet_hours_of
from app.notifications.series import spoken_for
from app.notifications.telling import OFF, fingerprint
from app.notifications.wording import letter_of, sms_of
from app.scheduling import waiting_list

STAND_IN = "only-the-patient-gets-the-secret"
"""In place of a link's secret, and as long."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What words need from the installation: where links point, and who invites."""

    base_url: str
    mail_from: str


class NotNeeded(Exception):
    """What it would say is not so any more."""


class NotYet(Exception):
    """It is quiet until `until`."""

    def __init__(self, until: datetime) -> None:
        self.until = until


class NoAddress(Exception):
    """Since it was queued, the way to the patient was closed."""


async def compose(
    session: AsyncSession,
    row: Communication,
    desk: Desk,
    *,
    media: Collection[Medium],
    now: datetime,
) -> Outgoing:
    """The words, with a link of their own, by the way that is open now: the patient may have
    chosen another since. Raises NotNeeded, NotYet, NoAddress."""
    policy = await policy_of(session)
    if row.kind in MAY_WAIT:
        until = (await quiet_hours_of(session, policy)).over(now)
        if until > now:
            raise NotYet(until)
    patient = await session.get_one(Patient, row.patient_id)
    route = route_to(patient, policy, media)
    if not route.address:
        raise NotNeeded if row.kind == "reminder" else NoAddress(route.problem)
    row.medium = route.medium
    if row.kind == "offer":
        return await _offer(session, row, policy, desk=desk, address=route.address, now=now)
    return await _of_appointment(session, row, policy, desk=desk, address=route.address, now=now)


async def preview(
    session: AsyncSession, row: Communication, desk: Desk, *, now: datetime, with_link: bool = False
) -> Outgoing:
    """The words as they would be now. The link in them is a stand-in, or a new one that works
    (`with_link`): only for demo mode, where staff play the patient."""
    policy = await policy_of(session)
    patient = await session.get_one(Patient, row.patient_id)
    address = address_of(patient, _medium(row))
    if row.kind == "offer":
        offer = await session.get_one(WaitingListOffer, row.offer_id)
        stands_in = not with_link or offer.status != "open" or offer.expires_at <= now
        secret = STAND_IN if stands_in else await waiting_list.fresh_secret(session, offer)
        facts = await facts_of(session, offer, policy, link=f"{desk.base_url}/offer#{secret}")
        return _text(row, facts, address) if row.medium == "sms" else _letter(row, facts, address)
    appointment = await session.get_one(Appointment, row.appointment_id)
    link = ""
    if row.kind != "cancellation":
        link = f"{desk.base_url}/join#{STAND_IN}"
        if with_link:
            link = await _own_link(session, appointment, desk, now)
    also = await spoken_for(session, row) if appointment.series_id else ()
    facts = replace(await facts_of(session, appointment, policy, link=link), also=also)
    return _worded(row, facts, appointment, desk=desk, address=address, now=now)


async def calendar_file(
    session: AsyncSession, appointment: Appointment, desk: Desk, *, link: str, now: datetime
) -> bytes:
    """The appointment for the patient's own calendar, to download; `link` is the one they hold."""
    facts = await facts_of(session, appointment, await policy_of(session), link=link)
    whom = Invited(appointment.id, appointment.sequence, desk.mail_from, "", now)
    return invitation("PUBLISH", facts, whom)


async def _of_appointment(
    session: AsyncSession,
    row: Communication,
    policy: MessagingPolicy,
    *,
    desk: Desk,
    address: str,
    now: datetime,
) -> Outgoing:
    appointment = await session.get(Appointment, row.appointment_id, populate_existing=True)
    if appointment is None or not _is_so(row, appointment, now):
        raise NotNeeded
    link = "" if row.kind == "cancellation" else await _own_link(session, appointment, desk, now)
    also = await spoken_for(session, row) if appointment.series_id else ()
    facts = replace(await facts_of(session, appointment, policy, link=link), also=also)
    return _worded(row, facts, appointment, desk=desk, address=address, now=now)


async def _own_link(
    session: AsyncSession, appointment: Appointment, desk: Desk, now: datetime
) -> str:
    added = await encounters.add_link(session, appointment.id, now=now)
    return f"{desk.base_url}/join#{added.secret}" if added else ""


def _worded(
    row: Communication,
    facts: Facts,
    appointment: Appointment,
    *,
    desk: Desk,
    address: str,
    now: datetime,
) -> Outgoing:
    if row.medium == "sms":
        return _text(row, facts, address)
    method: Method = "CANCEL" if row.kind == "cancellation" else "REQUEST"
    invited = Invited(appointment.id, appointment.sequence, desk.mail_from, address, now)
    return _letter(row, facts, address, method=method, calendar=invitation(method, facts, invited))


def _is_so(row: Communication, appointment: Appointment, now: datetime) -> bool:
    if appointment.start <= now:
        return False
    if row.kind == "cancellation":
        return appointment.status in OFF
    return appointment.status == "booked" and row.says == fingerprint(appointment)


async def _offer(
    session: AsyncSession,
    row: Communication,
    policy: MessagingPolicy,
    *,
    desk: Desk,
    address: str,
    now: datetime,
) -> Outgoing:
    offer = await session.get(WaitingListOffer, row.offer_id, populate_existing=True)
    if offer is None or offer.status != "open" or offer.expires_at <= now:
        raise NotNeeded
    secret = await waiting_list.fresh_secret(session, offer)
    facts = await facts_of(session, offer, policy, link=f"{desk.base_url}/offer#{secret}")
    if row.medium == "sms":
        return _text(row, facts, address)
    return _letter(row, facts, address)


def _text(row: Communication, facts: Facts, address: str) -> Outgoing:
    return Outgoing(
        id=row.id,
        medium="sms",
        to=address,
        text=sms_of(_kind(row), facts),
        is_repeat=row.attempts > 1,
    )


def _letter(
    row: Communication,
    facts: Facts,
    address: str,
    *,
    method: Method | None = None,
    calendar: bytes = b"",
) -> Outgoing:
    letter = letter_of(_kind(row), facts)
    return Outgoing(
        id=row.id,
        medium="email",
        to=address,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        sender_name=facts.sender,
        method=method or "",
        calendar=calendar,
        is_repeat=row.attempts > 1,
    )


def _kind(row: Communication) -> Kind:
    kind: Kind = row.kind  # type: ignore[assignment] # queue.py writes no other
    return kind


def _medium(row: Communication) -> Medium:
    medium: Medium = row.medium  # type: ignore[assignment] # ck_communication_medium
    return medium

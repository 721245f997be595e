"""Use cases of the consultation: planned, waited for, begun, left and come back to, finished."""

from app.encounters.admission import Admittance, admit, let_in, require_part
from app.encounters.agreements import GroupCall, agree_to_group
from app.encounters.attendance import act_for, record_attendance, record_chat
from app.encounters.clinics import (
    DayRow,
    RowState,
    Waiting,
    group_rows,
    today,
    waiting_list,
)
from app.encounters.finishing import (
    Outcome,
    call_off,
    complete_request,
    finish,
    finish_together,
)
from app.encounters.linechecks import (
    CheckedLine,
    LineCheckFilters,
    NewLineCheck,
    forget_old_line_checks,
    list_line_checks,
    store_line_check,
)
from app.encounters.links import (
    Confirmation,
    Invitation,
    OpenedLink,
    confirm_birth_date,
    confirm_name,
    invite,
    new_link,
    open_link,
)
from app.encounters.pictures import note_first_picture
from app.encounters.planning import (
    cancel_for_appointment,
    follow_appointment,
    plan_for_appointment,
    plan_for_request,
    seat_others,
)
from app.encounters.reading import read_encounter, read_messages, read_participants
from app.encounters.records import (
    encounter_id_of,
    encounter_of,
    participant_principal,
    participants_of,
)
from app.encounters.renewal import Renewed, add_link, renew_link
from app.encounters.rooms import room_seat
from app.encounters.specialists import bring_in, hand_over, has_seat
from app.encounters.streams import PlacedDevice, confirm_place, place_device
from app.encounters.video_devices import (
    DeviceToken,
    NewVideoDevice,
    find_device,
    list_devices,
    register_device,
    revoke_device,
)
from app.encounters.visits import VisitState, say_where, state_for_participant

__all__ = [
    "Admittance",
    "CheckedLine",
    "Confirmation",
    "DayRow",
    "DeviceToken",
    "GroupCall",
    "Invitation",
    "LineCheckFilters",
    "NewLineCheck",
    "NewVideoDevice",
    "OpenedLink",
    "Outcome",
    "PlacedDevice",
    "Renewed",
    "RowState",
    "VisitState",
    "Waiting",
    "act_for",
    "add_link",
    "admit",
    "agree_to_group",
    "bring_in",
    "call_off",
    "cancel_for_appointment",
    "complete_request",
    "confirm_birth_date",
    "confirm_name",
    "confirm_place",
    "encounter_id_of",
    "encounter_of",
    "find_device",
    "finish",
    "finish_together",
    "follow_appointment",
    "forget_old_line_checks",
    "group_rows",
    "hand_over",
    "has_seat",
    "invite",
    "let_in",
    "list_devices",
    "list_line_checks",
    "new_link",
    "note_first_picture",
    "open_link",
    "participant_principal",
    "participants_of",
    "place_device",
    "plan_for_appointment",
    "plan_for_request",
    "read_encounter",
    "read_messages",
    "read_participants",
    "record_attendance",
    "record_chat",
    "register_device",
    "renew_link",
    "require_part",
    "revoke_device",
    "room_seat",
    "say_where",
    "seat_others",
    "state_for_participant",
    "store_line_check",
    "today",
    "waiting_list",
]

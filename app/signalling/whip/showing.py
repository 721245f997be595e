"""What a screen shows: the picture and the sound that come from the vehicle, and nobody else's."""

from app.signalling.messages import Kind, Track
from app.signalling.participants import Participant
from app.signalling.rooms import Room


def shown(room: Room, viewer: Participant) -> dict[Kind, str | None]:
    """The track for each kind, None where there is none or the viewer may not have it.

    An encoder's own goes before a crew member's, the one that came later before the earlier.
    """
    chosen: dict[Kind, str | None] = {"audio": None, "video": None}
    for owner in sorted(room.participants.values(), key=lambda each: each.is_device):
        if owner.admission.role != "crew" or owner is viewer:
            continue
        for track in owner.tracks.values():
            if _may_flow(room, viewer, track):
                chosen[track.kind] = track.id
    return chosen


def _may_flow(room: Room, viewer: Participant, track: Track) -> bool:
    return room.receivable(viewer, track.id) is not None and not track.muted

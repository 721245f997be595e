"""Where a VP9 keyframe starts (RFC 9628 §4.2)."""

_HAS_PICTURE_ID, _PREDICTED, _HAS_LAYER, _BEGINS = 0x80, 0x40, 0x20, 0x08
_LONG_PICTURE_ID = 0x80
_SPATIAL_LAYER = 0x0E


def is_keyframe_start(payload: bytes) -> bool:
    """The first packet of a picture that is predicted from no other: B set, P clear, and of the
    lowest spatial layer, since those above it are predicted from that one."""
    if len(payload) < 2 or payload[0] & (_PREDICTED | _BEGINS) != _BEGINS:
        return False
    if not payload[0] & _HAS_LAYER:
        return True
    at = 1
    if payload[0] & _HAS_PICTURE_ID:
        at += 2 if payload[1] & _LONG_PICTURE_ID else 1
    return len(payload) > at and not payload[at] & _SPATIAL_LAYER

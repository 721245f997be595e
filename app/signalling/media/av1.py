"""Where an AV1 keyframe starts (RTP Payload Format For AV1, version 1.0, §4.4)."""

_CONTINUES, _NEW_SEQUENCE = 0x80, 0x08


def is_keyframe_start(payload: bytes) -> bool:
    """The first packet of a coded video sequence, which begins with a keyframe: N set. It
    continues nothing, so Z is clear."""
    return len(payload) > 1 and payload[0] & (_CONTINUES | _NEW_SEQUENCE) == _NEW_SEQUENCE

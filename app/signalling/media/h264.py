"""Where an H.264 keyframe starts (RFC 6184 §5.2, packetization mode 1)."""

_IDR, _SPS, _STAP_A, _FU_A = 5, 7, 24, 28


def is_keyframe_start(payload: bytes) -> bool:
    """A packet with the parameter sets, or the first of an IDR picture without them.

    Browsers send SPS, PPS and the first slice of the picture with one timestamp, the SPS first.
    """
    if not payload:
        return False
    kind = payload[0] & 0x1F
    if kind == _STAP_A:
        return len(payload) > 3 and payload[3] & 0x1F in {_SPS, _IDR}
    if kind == _FU_A:
        return len(payload) > 1 and payload[1] & 0x9F == 0x80 | _IDR
    return kind in {_SPS, _IDR}

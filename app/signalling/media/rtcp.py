"""RTCP packets, read and written with struct (RFC 3550 §6, RFC 3611 §4.4 and §4.5,
RFC 4585 §6, RFC 5104 §4.3.1, REMB).

Nothing here raises on what the network sends: what cannot be read is left out.
"""

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import NamedTuple

from app.signalling.media.reception import ReportBlock
from app.signalling.media.rtp import sequence_delta

_SR, _RR, _SDES, _BYE, _RTPFB, _PSFB, _XR = 200, 201, 202, 203, 205, 206, 207
_NACK, _TWCC = 1, 15
_PLI, _FIR, _APPLICATION = 1, 4, 15
_RECEIVER_TIME, _DELAY_SINCE = 4, 5

_HEADER = Struct("!BBH")
_WORD = Struct("!I")
_PAIR = Struct("!II")
_SHORTS = Struct("!HH")
_BLOCK = Struct("!IIIIII")
_SENDER = Struct("!QIII")
_LONG = Struct("!Q")

MAX_NACKED = 1_000
"""Numbers read from one NACK; more is an attack or a stream long lost."""


class SenderReport(NamedTuple):
    """A sender's clock: `ntp` in 64-bit NTP format, `rtp` in ticks (RFC 3550 §6.4.1)."""

    ssrc: int
    ntp: int
    rtp: int


class Nack(NamedTuple):
    """Sequence numbers of one stream asked for again."""

    ssrc: int
    sequences: tuple[int, ...]


class KeyframeRequest(NamedTuple):
    """PLI or FIR for one stream."""

    ssrc: int


class Remb(NamedTuple):
    """The receiver's estimate of what can reach it, in bits a second."""

    bps: int


class ReceiverTime(NamedTuple):
    """The clock of one that sends nothing, 64-bit NTP: it asks for the round trip (RFC 3611
    §4.4)."""

    ssrc: int
    ntp: int


class TransportFeedback(NamedTuple):
    """When packets of the whole connection arrived; `details` is for `twcc.decode`."""

    details: bytes


Report = (
    SenderReport | ReportBlock | Nack | KeyframeRequest | Remb | ReceiverTime | TransportFeedback
)


def is_rtcp(data: bytes) -> bool:
    """RTP and RTCP share the port: the second octet tells (RFC 5761 §4)."""
    return len(data) > 1 and 192 <= data[1] <= 223


def parse(data: bytes) -> Iterator[Report]:
    """All that a compound packet reports, in order; stops where it makes no sense."""
    at = 0
    while at + 8 <= len(data):
        first, kind, words = _HEADER.unpack_from(data, at)
        end = at + 4 + 4 * words
        if first & 0xC0 != 0x80 or end > len(data) or words < 1:
            return
        body = data[at + 4 : end]
        count = first & 0x1F
        if kind == _SR and len(body) >= 24:
            ssrc = _WORD.unpack_from(body)[0]
            ntp, rtp, _, _ = _SENDER.unpack_from(body, 4)
            yield SenderReport(ssrc, ntp, rtp)
            yield from _blocks(body[24:], count)
        elif kind == _RR:
            yield from _blocks(body[4:], count)
        elif kind in {_RTPFB, _PSFB} and len(body) >= 8:
            yield from _feedback(kind, count, body)
        elif kind == _XR:
            yield from _extended(body)
        at = end


def _extended(body: bytes) -> Iterator[Report]:
    """The blocks of an extended report: a clock is all that is looked for (RFC 3611 §3)."""
    at = 4
    while at + 4 <= len(body):
        kind, _, words = _HEADER.unpack_from(body, at)
        if kind == _RECEIVER_TIME and words == 2 and at + 12 <= len(body):
            yield ReceiverTime(_WORD.unpack_from(body)[0], _LONG.unpack_from(body, at + 4)[0])
        at += 4 + 4 * words


def _blocks(body: bytes, count: int) -> Iterator[ReportBlock]:
    for at in range(0, min(count, len(body) // 24) * 24, 24):
        ssrc, loss, highest, jitter, lsr, dlsr = _BLOCK.unpack_from(body, at)
        yield ReportBlock(ssrc, loss >> 24, loss & 0xFFFFFF, highest, jitter, lsr, dlsr)


def _feedback(kind: int, form: int, body: bytes) -> Iterator[Report]:
    media = _WORD.unpack_from(body, 4)[0]
    details = body[8:]
    if kind == _RTPFB and form == _NACK:
        yield Nack(media, _nacked(details))
    elif kind == _RTPFB and form == _TWCC:
        yield TransportFeedback(details)
    elif kind == _PSFB and form == _PLI:
        yield KeyframeRequest(media)
    elif kind == _PSFB and form == _FIR:
        for at in range(0, len(details) - 7, 8):
            yield KeyframeRequest(_WORD.unpack_from(details, at)[0])
    elif kind == _PSFB and form == _APPLICATION and details[:4] == b"REMB" and len(details) >= 8:
        exponent = details[5] >> 2
        mantissa = (details[5] & 0x03) << 16 | details[6] << 8 | details[7]
        yield Remb(mantissa << exponent)


def _nacked(details: bytes) -> tuple[int, ...]:
    sequences: list[int] = []
    for at in range(0, len(details) - 3, 4):
        first, following = _SHORTS.unpack_from(details, at)
        sequences.append(first)
        sequences.extend((first + bit + 1) & 0xFFFF for bit in range(16) if following >> bit & 1)
        if len(sequences) >= MAX_NACKED:
            break
    return tuple(sequences[:MAX_NACKED])


def receiver_report(sender: int, blocks: Sequence[ReportBlock]) -> bytes:
    """At most 31 blocks (RFC 3550 §6.4.2)."""
    body = b"".join(
        _BLOCK.pack(b.ssrc, b.fraction_lost << 24 | b.lost, *b[3:]) for b in blocks[:31]
    )
    count = min(len(blocks), 31)
    return _HEADER.pack(0x80 | count, _RR, 1 + 6 * count) + _WORD.pack(sender) + body


def sender_report(report: SenderReport, *, packets: int, octets: int, cname: bytes) -> bytes:
    """A sender report and the SDES it must travel with (RFC 3550 §6.1, §6.5)."""
    head = _HEADER.pack(0x80, _SR, 6) + _WORD.pack(report.ssrc)
    counts = (report.rtp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    item = _WORD.pack(report.ssrc) + bytes([1, len(cname)]) + cname + b"\0"
    item += bytes(-len(item) % 4)
    described = _HEADER.pack(0x81, _SDES, len(item) // 4) + item
    return head + _SENDER.pack(report.ntp, *counts) + described


def delay_since(sender: int, asked: ReceiverTime) -> bytes:
    """Answers a receiver's clock at once, so with no delay of our own (RFC 3611 §4.5)."""
    block = _HEADER.pack(_DELAY_SINCE, 0, 3) + _WORD.pack(asked.ssrc)
    block += _PAIR.pack(asked.ntp >> 16 & 0xFFFFFFFF, 0)
    return _HEADER.pack(0x80, _XR, 1 + len(block) // 4) + _WORD.pack(sender) + block


def nack(sender: int, media: int, sequences: Sequence[int]) -> bytes:
    """Asks for packets again, each word naming one and any of the 16 after it."""
    words: list[tuple[int, int]] = []
    for sequence in sequences:
        if words:
            ahead = sequence_delta(sequence, words[-1][0])
            if 1 <= ahead <= 16:
                words[-1] = (words[-1][0], words[-1][1] | 1 << (ahead - 1))
                continue
        words.append((sequence, 0))
    body = b"".join(_SHORTS.pack(*word) for word in words)
    head = _HEADER.pack(0x80 | _NACK, _RTPFB, 2 + len(words))
    return head + _PAIR.pack(sender, media) + body


def picture_loss(sender: int, media: int) -> bytes:
    """Asks for a keyframe (RFC 4585 §6.3.1)."""
    return _HEADER.pack(0x80 | _PLI, _PSFB, 2) + _PAIR.pack(sender, media)


def remb(sender: int, bps: int, media: Sequence[int]) -> bytes:
    """Tells the sender of these streams what they may use together, in bits a second."""
    exponent = max(0, bps.bit_length() - 18)
    estimate = len(media) << 24 | exponent << 18 | bps >> exponent
    head = _HEADER.pack(0x80 | _APPLICATION, _PSFB, 4 + len(media))
    body = b"REMB" + _WORD.pack(estimate) + b"".join(map(_WORD.pack, media))
    return head + _PAIR.pack(sender, 0) + body


def transport_feedback(sender: int, media: int, details: bytes) -> bytes:
    """Wraps the body that `twcc` has built; `details` is whole words."""
    head = _HEADER.pack(0x80 | _TWCC, _RTPFB, 2 + len(details) // 4)
    return head + _PAIR.pack(sender, media) + details

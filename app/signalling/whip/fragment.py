"""Reads and writes `application/trickle-ice-sdpfrag` (RFC 8840 §9, used by RFC 9725 §4.3).

Whatever cannot be taken raises `FragmentRefused` and nothing else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CHARS = 16_384
MAX_CANDIDATES = 100

_CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LINE = re.compile(r"[a-z]=.*")
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")


class FragmentRefused(Exception):
    """A fragment that cannot be read. `detail` is for people and quotes nothing of it."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


@dataclass(frozen=True)
class Fragment:
    """Credentials where there are any, and candidates without their `a=candidate:`."""

    ufrag: str | None = None
    password: str | None = None
    candidates: tuple[str, ...] = ()
    is_complete: bool = False


def parse_fragment(text: str) -> Fragment:
    """Reads a fragment of at most 16,384 characters and 100 candidates.

    Credentials stand at the session or in the m-sections; with BUNDLE they are the same.
    Raises FragmentRefused.
    """
    attributes = list(_attributes(text))
    ufrag = _only(attributes, "ice-ufrag", _UFRAG)
    password = _only(attributes, "ice-pwd", _PASSWORD)
    if (ufrag is None) != (password is None):
        raise FragmentRefused("ice-ufrag and ice-pwd come together")
    candidates = tuple(value for name, value in attributes if name == "candidate")
    if len(candidates) > MAX_CANDIDATES:
        raise FragmentRefused("too many candidates")
    is_complete = any(name == "end-of-candidates" for name, _ in attributes)
    if not (ufrag or candidates or is_complete):
        raise FragmentRefused("the fragment has neither credentials nor candidates")
    return Fragment(ufrag, password, candidates, is_complete)


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    if len(text) > MAX_CHARS:
        raise FragmentRefused("the fragment is longer than 16,384 characters")
    if _CONTROL.search(text):
        raise FragmentRefused("the fragment has a control character")
    for line in text.replace("\r\n", "\n").split("\n"):
        if line and not _LINE.fullmatch(line):
            raise FragmentRefused("a line is not of the form letter=value")
        if line.startswith("a="):
            name, _, value = line[2:].partition(":")
            yield name, value


def _only(attributes: list[tuple[str, str]], name: str, pattern: re.Pattern[str]) -> str | None:
    values = {value for key, value in attributes if key == name}
    if len(values) > 1:
        raise FragmentRefused(f"{name} has two values, but there is one transport")
    for value in values:
        if not pattern.fullmatch(value):
            raise FragmentRefused(f"{name} is malformed")
    return next(iter(values), None)


def fragment_of(answer_sdp: str) -> str:
    """The fragment that tells an encoder our new credentials: taken from the SDP answer.

    RFC 9725 §4.3.3: the ICE attributes and candidates of an answer after a restart, under the
    m-line and the mid that carry the transport.
    """
    session = ["a=ice-lite"] if "a=ice-lite" in answer_sdp.splitlines() else []
    carrier: list[str] = []
    for line in answer_sdp.splitlines():
        if line.startswith("m=") and carrier:
            break
        if line.startswith(("a=ice-ufrag:", "a=ice-pwd:")):
            session.append(line)
        elif line.startswith(("m=", "a=mid:", "a=candidate:", "a=end-of-candidates")):
            carrier.append(line)
    return "\r\n".join([*session, *carrier]) + "\r\n"

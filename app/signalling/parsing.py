"""A text frame becomes a typed message, or a refusal with a stable code."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.signalling.messages import ClientMessage, ErrorCode, client_message


class Refused(Exception):
    """A message that changes nothing. `detail` is for people and repeats none of its content."""

    def __init__(self, code: ErrorCode, detail: str, *, offer_id: int | None = None) -> None:
        self.code = code
        self.detail = detail
        self.offer_id = offer_id
        super().__init__(code)


_CODES: dict[str, ErrorCode] = {
    "json_invalid": "bad_json",
    "string_unicode": "bad_json",  # a lone surrogate: never was UTF-8
    "union_tag_invalid": "unknown_type",
    "union_tag_not_found": "unknown_type",
}
_DETAILS: dict[ErrorCode, str] = {
    "bad_json": "This is not JSON.",
    "unknown_type": "There is no message of this type.",
}


def parse(text: str) -> ClientMessage:
    """Read one frame. Raises Refused: bad_json, unknown_type or invalid_message."""
    try:
        return client_message.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise _refusal(first) from None


def _refusal(error: ErrorDetails) -> Refused:
    code = _CODES.get(error["type"], "invalid_message")
    if code in _DETAILS:
        return Refused(code, _DETAILS[code])
    # Only the names of our own fields: an unknown field's name is the sender's content.
    known = [str(part) for part in error["loc"][1:]] if error["type"] != "extra_forbidden" else []
    where = ".".join(known) or "A field"
    return Refused("invalid_message", f"{where}: this is not allowed here.")

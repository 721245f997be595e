"""Why an encoder or a screen is refused (RFC 9725 §4.2 and §4.4)."""

from collections.abc import Mapping

from app.errors.tree import Conflict, Invalid, Unavailable


class NoConsultation(Conflict):
    """The device's vehicle has none to publish into, or to watch, just now."""

    slug = "no-consultation"
    title = "There is no consultation for this device just now"

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": "5"}


class MalformedDescription(Invalid):
    """No SDP, or no fragment of it, that can be read."""

    status, slug = 400, "malformed-description"
    title = "The session description cannot be read"


class DescriptionNotAcceptable(Invalid):
    """SDP that asks for what there is not: nothing is accepted in part."""

    slug = "description-not-acceptable"
    title = "The session description cannot be taken as a whole"


class DescriptionTooLarge(Invalid):
    status, slug = 413, "description-too-large"
    title = "The session description is too long"


class TooManyDevices(Unavailable):
    """The room server has as many live sessions of this kind as it takes."""

    slug = "too-many-devices"
    title = "No more encoders or screens can be taken just now"


class WrongMediaType(Invalid):
    """The body is of another type than this address takes."""

    status, slug = 415, "wrong-media-type"
    title = "The body is not of the type that belongs here"

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        super().__init__(f"Send {wanted}.")

    def headers(self) -> Mapping[str, str]:
        return {"Accept": self.wanted}

"""A photo put together again from its parts. Pure, and never more than one for each sender."""

from app.signalling.messages import MAX_PHOTO_CHARS, Photo
from app.signalling.parsing import Refused


class PhotoParts:
    """What has come of the photo that a participant is sending just now."""

    def __init__(self) -> None:
        self._id = -1
        self._parts: list[str] = []

    def add(self, part: Photo) -> str | None:
        """The whole photo once its last part is there, else None.

        The first part begins anew, so what was left of another is forgotten. Raises Refused for a
        part that does not follow, or a photo that grows too large.
        """
        if part.part == 0:
            self._id, self._parts = part.id, []
        if part.id != self._id or part.part != len(self._parts):
            raise Refused("wrong_order", "This part of a photo does not follow the last one.")
        self._parts.append(part.data)
        if sum(map(len, self._parts)) > MAX_PHOTO_CHARS:
            self._id = -1
            raise Refused("invalid_message", "data: the photo is too large.")
        if len(self._parts) < part.parts:
            return None
        self._id = -1
        return "".join(self._parts)

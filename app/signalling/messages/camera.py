"""A far camera: what it can do, what is asked of it, and what came of that; and pointing."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.signalling.messages.base import Message

CameraAction = Literal["still", "torch", "zoom", "switch"]
CameraOutcome = Literal["done", "declined", "unsupported", "failed"]
Factor = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""Of a page's width, or of its height."""


class Zoom(Message):
    """What the camera's zoom can be set to, in the camera's own numbers, and what it is now."""

    min: Factor
    max: Factor
    step: Factor
    now: Factor


class Camera(Message):
    """What a participant's camera can do. `cameras` is how many there are to switch between.

    `agreed`: its owner lets others use light, zoom and switch during this call. A still is asked
    for each time.
    """

    still: bool
    torch: bool
    torch_on: bool
    zoom: Zoom | None
    cameras: Annotated[int, Field(ge=0, le=16, strict=True)]
    agreed: bool


class ReportCamera(Message):
    """What this participant's camera can do now; null where it has none or shows none."""

    type: Literal["report_camera"] = "report_camera"
    camera: Camera | None


class AskCamera(Message):
    """Ask the owner of a camera for a still, light, zoom or another camera. Needs `direct`.

    `on` goes with torch, `zoom` with zoom. `id` is the asker's own; the answer carries it.
    """

    type: Literal["ask_camera"] = "ask_camera"
    id: UUID
    participant_id: UUID
    action: CameraAction
    on: bool | None = None
    zoom: Factor | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "AskCamera":
        if (self.action == "torch") != (self.on is not None):
            raise ValueError("`on` goes with torch, and only with torch")
        if (self.action == "zoom") != (self.zoom is not None):
            raise ValueError("`zoom` goes with zoom, and only with zoom")
        return self


class CameraRequest(Message):
    """A request that nobody has answered yet, as both who asked (`by`) and whose camera it is
    (`of`) find it when they come back. `agreed`: its owner said yes, and the result follows."""

    id: UUID
    by: UUID
    of: UUID
    action: CameraAction
    on: bool | None
    zoom: float | None
    agreed: bool = False


class AgreeCamera(Message):
    """A yes to a request to this participant's camera; `answer_camera` follows with the result."""

    type: Literal["agree_camera"] = "agree_camera"
    id: UUID


class AnswerCamera(Message):
    """What came of a request to this participant's camera; a still that was kept is named."""

    type: Literal["answer_camera"] = "answer_camera"
    id: UUID
    outcome: CameraOutcome
    document_id: UUID | None = None


class Spot(Message):
    """A place on a page, in parts of its width and height."""

    x: Share
    y: Share


class Point(Message):
    """Where this participant points on a page of a document; no place: it points no more.

    Needs `point`. It is told to others at once, once, and kept nowhere.
    """

    type: Literal["point"] = "point"
    document_id: UUID
    page: Annotated[int, Field(ge=1, le=1_000, strict=True)]
    at: Spot | None

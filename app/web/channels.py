"""How an appointment is held, in words."""

from collections.abc import Mapping

NAMES: Mapping[str, str] = {"video": "Video", "telephone": "Telephone", "in-person": "In person"}
BY: Mapping[str, str] = {
    "video": "By video",
    "telephone": "By telephone",
    "in-person": "In person",
}

"""What is typed into the rota's forms."""

import re

from tests.referrals.world import Region


def value_of(name: str, page: str) -> str:
    """What a hidden field of an opened page holds."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, f"The page has no field {name}"
    return found[1]


def shift(region: Region, **changes: object) -> dict[str, object]:
    """Dr Shah is first from Monday to Friday."""
    return {
        "service_id": str(region.service_id),
        "practitioner_id": str(region.shah.practitioner_id),
        "layer": "1",
        "weekdays": ["1", "2", "3", "4", "5"],
        "every_weeks": "1",
        "start_time": "08:00",
        "end_time": "20:00",
        "valid_from": "2026-11-01",
        "valid_to": "",
        **changes,
    }


def override(region: Region, **changes: object) -> dict[str, object]:
    """Dr Lund covers Monday afternoon."""
    return {
        "service_id": str(region.service_id),
        "kind": "cover",
        "layer": "1",
        "replaces_id": str(region.shah.practitioner_id),
        "practitioner_id": str(region.lund.practitioner_id),
        "from_day": "2026-11-23",
        "from_time": "12:00",
        "to_day": "2026-11-23",
        "to_time": "16:00",
        "reason": "Training",
        **changes,
    }

"""A policy is data that ends by itself."""

from datetime import timedelta
from uuid import uuid4

import pytest
from pydantic import ValidationError

from app.referrals.escalation.policy import Policy, default_policy

LAYER = {"kind": "layer", "layer": 1}
SITE = uuid4()


def policy(*steps: dict[str, object], **more: object) -> Policy:
    return Policy.model_validate({"steps": list(steps or (LAYER,)), **more})


def test_the_default_is_first_second_consultant_everyone_then_the_telephone() -> None:
    found = default_policy(timedelta(seconds=30))

    assert [step.kind for step in found.steps] == ["layer", "layer", "layer", "everyone"]
    assert (found.longest, found.ends_with) == (timedelta(minutes=2), "phone")


def test_a_site_is_named_by_its_service() -> None:
    found = policy(LAYER, {"kind": "site", "service_id": str(SITE)})

    assert list(found.service_ids) == [SITE]


@pytest.mark.parametrize(
    ("steps", "more"),
    [
        ([], {}),
        ([LAYER] * 13, {}),
        ([{**LAYER, "layer": 0}], {}),
        ([{**LAYER, "layer": True}], {}),
        ([{**LAYER, "repeats": True}], {}),
        ([LAYER], {"passes_over": "yes"}),
        ([{**LAYER, "ring_seconds": 1}], {}),
        ([{**LAYER, "ring_seconds": 301}], {}),
        ([{**LAYER, "repeats": 6}], {}),
        ([{"kind": "site"}], {}),
        ([{"kind": "tree"}], {}),
        ([{**LAYER, "ring_seconds": 300, "repeats": 5}], {}),
        ([LAYER], {"ends_with": "nothing", "phone": "01632 960100"}),
        ([LAYER], {"ends_with": "music"}),
        ([LAYER], {"silent_seconds": 1}),
        ([LAYER], {"phone": "a\x00b"}),
    ],
)
def test_what_would_not_end_or_makes_no_sense_is_refused(
    steps: list[dict[str, object]], more: dict[str, object]
) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate({"steps": steps, **more})

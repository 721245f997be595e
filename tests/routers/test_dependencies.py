"""What a device kept for one person is never sent as another."""

from uuid import UUID, uuid4

import pytest
from fastapi import Request

from app.errors import AnotherPerson
from app.identity import Principal
from app.routers.dependencies import require_person


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


def principal(subject: UUID) -> Principal:
    return Principal(kind="staff", subject=subject, organization_id=uuid4(), name="Kim Reed")


def test_the_same_person_and_whoever_names_nobody_go_on() -> None:
    subject = uuid4()

    require_person(request(), principal(subject))
    require_person(request(openconsult_person=str(subject)), principal(subject))


def test_somebody_elses_entry_is_refused_until_they_sign_in() -> None:
    with pytest.raises(AnotherPerson) as refusal:
        require_person(request(openconsult_person=str(uuid4())), principal(uuid4()))

    assert refusal.value.status == 401

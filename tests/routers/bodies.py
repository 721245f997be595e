"""What booking calls send."""

from datetime import datetime
from uuid import uuid4

from tests.clinic import Clinic


def place(clinic: Clinic, start: datetime, **more: object) -> dict[str, object]:
    return {
        "service_id": str(clinic.service_id),
        "practitioner_id": str(clinic.doctor_id),
        "start": start.isoformat(),
        **more,
    }


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}

"""By which way a patient is reached."""

import pytest

from app.models import MessagingPolicy, Patient
from app.notifications.addressing import NOT_BY_MESSAGE, UNKNOWN, can_be_texted, route_to
from app.notifications.policy import NewPolicy

MOBILE, LANDLINE, EMAIL = "07700 900982", "01632 960001", "joan@example.com"


def policy(**values: bool) -> MessagingPolicy:
    return MessagingPolicy(**{**NewPolicy.usual().model_dump(), **values})


def patient(preferred: str, phone: str = MOBILE, email: str = EMAIL) -> Patient:
    return Patient(preferred_contact=preferred, phone=phone, email=email)


@pytest.mark.parametrize(
    ("who", "medium", "address"),
    [
        (patient("sms"), "sms", MOBILE),
        (patient("email"), "email", EMAIL),
        (patient("sms", phone=""), "email", EMAIL),
        (patient("sms", phone=LANDLINE), "email", EMAIL),
        (patient("email", email=""), "sms", MOBILE),
    ],
)
def test_the_preferred_way_or_else_the_other(who: Patient, medium: str, address: str) -> None:
    route = route_to(who, policy())

    assert (route.medium, route.address, route.problem) == (medium, address, "")


@pytest.mark.parametrize(
    ("who", "problem"),
    [
        (patient("sms", phone="", email=""), UNKNOWN),
        (patient("email", phone=LANDLINE, email=""), UNKNOWN),
        (patient("phone"), NOT_BY_MESSAGE),
    ],
)
def test_without_a_way_staff_are_told_why(who: Patient, problem: str) -> None:
    route = route_to(who, policy())

    assert (route.address, route.problem) == ("", problem)


def test_a_way_that_is_switched_off_is_not_taken() -> None:
    assert route_to(patient("sms"), policy(sms_enabled=False)).medium == "email"
    assert route_to(patient("email"), policy(email_enabled=False)).medium == "sms"
    assert route_to(patient("sms"), policy(), ["email"]).medium == "email"


@pytest.mark.parametrize(
    ("phone", "can"),
    [
        (MOBILE, True),
        ("+44 7700 900982", True),
        ("(07700) 900-982", True),
        ("+353 85 123 4567", True),
        (LANDLINE, False),
        ("+44 20 7946 0018", False),
        ("0808 157 0192", False),
        ("", False),
    ],
)
def test_numbers_that_take_texts(phone: str, can: bool) -> None:
    assert can_be_texted(phone) is can

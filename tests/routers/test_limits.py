"""Who asks too much is told when to come back."""

from contextlib import nullcontext
from uuid import uuid4

import pytest

from app.errors import TooManyRequests
from app.routers.limits import CHECKING, DEVICE_FAILURES, FAILURES, RAISING, Limits, network_of


@pytest.fixture
def limits() -> Limits:
    return Limits()


def fail(limits: Limits, times: int, address: str = "192.0.2.1") -> None:
    for _ in range(times):
        limits.count_outcome(address, "POST", "/api/v1/sign-in", 401)


def test_guessing_is_stopped_after_fifty_failures(limits: Limits) -> None:
    fail(limits, FAILURES.amount)

    with pytest.raises(TooManyRequests) as refusal:
        limits.count_request("192.0.2.1", "POST", "/api/v1/join/confirm")

    assert 1 <= refusal.value.retry_after_seconds <= 1800


@pytest.mark.parametrize(
    ("address", "method", "path"),
    [
        ("192.0.2.2", "POST", "/api/v1/sign-in"),
        ("192.0.2.1", "GET", "/sign-in"),
        ("192.0.2.1", "POST", "/api/v1/appointments"),
    ],
)
def test_others_and_other_work_go_on(limits: Limits, address: str, method: str, path: str) -> None:
    fail(limits, FAILURES.amount)

    limits.count_request(address, method, path)


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("POST", 429), ("GET", 401)])
def test_what_is_no_wrong_guess_does_not_count(limits: Limits, method: str, status: int) -> None:
    for _ in range(FAILURES.amount):
        limits.count_outcome("192.0.2.1", method, "/api/v1/sign-in", status)

    limits.count_request("192.0.2.1", "POST", "/api/v1/sign-in")


@pytest.mark.parametrize(("status", "stopped"), [(401, True), (400, False), (404, False)])
def test_devices_are_stopped_by_wrong_tokens_alone(
    limits: Limits, status: int, *, stopped: bool
) -> None:
    """An offer that cannot be read is no guess, and no guess of theirs stops signing in."""
    for _ in range(DEVICE_FAILURES.amount):
        limits.count_outcome("192.0.2.1", "DELETE", "/api/v1/whep/x/sessions/y", status)

    with pytest.raises(TooManyRequests) if stopped else nullcontext():
        limits.count_request("192.0.2.1", "POST", "/api/v1/whip")
    limits.count_request("192.0.2.1", "POST", "/api/v1/sign-in")


def test_nobody_rings_without_end(limits: Limits) -> None:
    crew, other = uuid4(), uuid4()
    for _ in range(RAISING.amount):
        limits.count_principal(crew, "POST", "/api/v1/service-requests")

    with pytest.raises(TooManyRequests):
        limits.count_principal(crew, "POST", "/api/v1/service-requests")
    limits.count_principal(other, "POST", "/api/v1/service-requests")
    limits.count_principal(crew, "GET", "/api/v1/service-requests")


def test_checks_of_the_line_have_a_limit_of_their_own(limits: Limits) -> None:
    person, path = uuid4(), f"/api/v1/encounters/{uuid4()}/line-checks"
    for _ in range(CHECKING.amount):
        limits.count_principal(person, "POST", path)

    with pytest.raises(TooManyRequests):
        limits.count_principal(person, "POST", path)
    limits.count_principal(person, "POST", path.replace("line-checks", "signalling-token"))
    limits.count_principal(uuid4(), "POST", path)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("-", "-"),
    ],
)
def test_an_ipv6_customer_counts_as_one(address: str, network: str) -> None:
    assert network_of(address) == network

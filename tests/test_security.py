"""Where a request comes from, whose cookie is meant, and what a cookie may be used for."""

from collections.abc import Mapping
from types import SimpleNamespace

import pytest
from starlette.requests import HTTPConnection
from starlette.responses import Response

from app import security
from app.config import Settings
from app.errors import Forbidden

LOOPBACK = Settings()
BEHIND_TLS = Settings(public_url="https://consult.example/", trusted_proxies=("10.0.0.9",))


def connection(
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    path: str = "/api/v1/appointments",
    peer: str | None = "192.0.2.1",
    settings: Settings = LOOPBACK,
) -> HTTPConnection:
    named = {"host": "127.0.0.1:8000", **(headers or {})}
    return HTTPConnection(
        {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
            "client": (peer, 1) if peer else None,
            "app": SimpleNamespace(state=SimpleNamespace(settings=settings)),
        }
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "same-origin", "origin": "https://rewritten.example"},
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "http://localhost:8000", "host": "localhost:8000"},
        {"origin": "https://phone.example:8443", "host": "phone.example:8443"},
    ],
)
def test_our_own_pages_may_change_things(headers: dict[str, str]) -> None:
    security.require_same_origin(connection(headers), LOOPBACK)
    security.refuse_foreign_pages(connection(headers), LOOPBACK)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8000"},
        {"sec-fetch-site": "none"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://127.0.0.1:8001"},
        {"origin": "http://127.0.0.1"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
        {"origin": "http://evil.example#127.0.0.1:8000"},
        {"origin": "file://127.0.0.1:8000"},
    ],
)
def test_other_pages_may_not(headers: dict[str, str]) -> None:
    for rule in (security.require_same_origin, security.refuse_foreign_pages):
        with pytest.raises(Forbidden):
            rule(connection(headers), LOOPBACK)


def test_what_says_nothing_may_come_without_a_cookie_only() -> None:
    security.refuse_foreign_pages(connection(), LOOPBACK)

    with pytest.raises(Forbidden):
        security.require_same_origin(connection(), LOOPBACK)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_open_to_links_from_elsewhere(method: str) -> None:
    security.require_same_origin(
        connection({"sec-fetch-site": "cross-site"}, method=method), LOOPBACK
    )


def test_the_public_address_is_ours_whatever_host_the_proxy_names() -> None:
    came = connection({"origin": "https://consult.example", "host": "10.0.0.1:8000"})

    security.require_same_origin(came, BEHIND_TLS)


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"origin": "http://127.0.0.1:8000"}, True),
        ({"origin": "https://portal.example"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_sockets_open_from_allowed_origins(headers: dict[str, str], allowed: bool) -> None:
    settings = Settings(allowed_origins=("https://portal.example",))

    assert security.origin_is_allowed(connection(headers), settings) is allowed


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("10.0.0.9", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.9", "203.0.113.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.9", "198.51.100.1, 10.0.0.9", "198.51.100.1"),
        ("10.0.0.9", "<script>", "-"),
        ("10.0.0.9", "", "-"),
        (None, None, "-"),
    ],
)
def test_an_address_is_believed_as_far_as_our_proxies_vouch(
    peer: str | None, forwarded: str | None, expected: str
) -> None:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}

    came = connection(headers, peer=peer, settings=BEHIND_TLS)

    assert security.client_address(came) == expected


def test_the_cookie_is_bound_to_the_host_over_tls() -> None:
    response = Response()

    security.set_session_cookie(response, "secret", BEHIND_TLS)

    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-session=secret; HttpOnly; Max-Age=43200; Path=/; ")
    assert "Secure" in cookie
    assert "Domain" not in cookie


def test_a_forgotten_cookie_is_forgotten_under_the_same_name() -> None:
    response = Response()

    security.clear_session_cookie(response, BEHIND_TLS, of="visit")

    assert response.headers["set-cookie"].startswith('__Host-visit=""')
    assert "Max-Age=0" in response.headers["set-cookie"]


@pytest.mark.parametrize(
    ("path", "headers", "meant"),
    [
        ("/today", {}, "of-staff"),
        ("/visit", {}, "of-visit"),
        ("/visit/call", {}, "of-visit"),
        ("/fragments/visit", {}, "of-visit"),
        ("/visitors", {}, "of-staff"),
        ("/api/v1/events/token", {}, "of-staff"),
        ("/api/v1/events/token", {"openconsult-visit": "1"}, "of-visit"),
    ],
)
def test_each_page_has_the_session_it_is_for(
    path: str, headers: dict[str, str], meant: str
) -> None:
    came = connection({"cookie": "session=of-staff; visit=of-visit", **headers}, path=path)

    assert security._cookie(came, LOOPBACK) == meant


@pytest.mark.parametrize("path", ["/today", "/visit"])
def test_a_single_session_serves_every_page(path: str) -> None:
    assert security._cookie(connection({"cookie": "visit=only"}, path=path), LOOPBACK) == "only"
    assert security._cookie(connection({"cookie": "session=only"}, path=path), LOOPBACK) == "only"
    assert security._cookie(connection(path=path), LOOPBACK) is None

"""Sign-in, tokens and sockets' tokens over HTTP."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from app import accounts, security
from app.config import Settings
from app.database import Database
from app.errors import TokenRefused
from app.identity import Actor
from app.models import Encounter, Organization
from app.relays import CREDENTIAL_LIFETIME
from tests.accounts.staffroom import (
    OWN_PAGE,
    PASSWORD,
    START,
    USERNAME,
    Clock,
    Staffroom,
    over_http,
    settings_of,
    staffroom,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_of(database_url, tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(database: Database, settings: Settings) -> Staffroom:
    return await staffroom(database, settings)


@pytest.fixture
async def client(settings: Settings, clock: Clock) -> AsyncIterator[httpx2.AsyncClient]:
    async with over_http(settings, clock) as opened:
        yield opened


async def tokens(client: httpx2.AsyncClient) -> dict[str, str]:
    response = await client.post(
        "/api/v1/sign-in", json={"username": USERNAME, "password": PASSWORD}
    )
    assert response.status_code == 200, response.text
    body: dict[str, str] = response.json()
    return body


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def encounter_of(house: Staffroom, status: str = "planned") -> str:
    async with house.database.transaction(Actor(house.organization_id)) as session:
        encounter = Encounter(
            organization_id=house.organization_id,
            practitioner_id=house.practitioner_id,
            status=status,
        )
        session.add(encounter)
        await session.flush()
        return str(encounter.id)


async def test_a_password_gives_tokens_that_say_who_one_is(
    client: httpx2.AsyncClient, house: Staffroom
) -> None:
    given = await tokens(client)

    me = await client.get("/api/v1/me", headers=bearer(given["access_token"]))

    assert given | {"token_type": "Bearer", "expires_in": 900} == given
    assert me.json()["practitioner_id"] == str(house.practitioner_id)
    assert (me.json()["kind"], me.json()["roles"]) == ("staff", ["clinician"])
    assert me.json()["name"] == "Dr Amara Okafor"


@pytest.mark.parametrize(
    ("username", "password"), [(USERNAME, "wrong password"), ("nobody", PASSWORD), ("", "")]
)
@pytest.mark.usefixtures("house")
async def test_a_wrong_name_and_a_wrong_password_look_alike(
    client: httpx2.AsyncClient, username: str, password: str
) -> None:
    response = await client.post(
        "/api/v1/sign-in", json={"username": username, "password": password}
    )

    assert response.status_code == 401
    assert response.json()["type"] == "/problems/sign-in-failed"
    assert response.json()["detail"] == "The user name or password is not right"


@pytest.mark.usefixtures("house")
async def test_an_access_token_ends(client: httpx2.AsyncClient, clock: Clock) -> None:
    given = await tokens(client)
    clock.advance(minutes=15)

    response = await client.get("/api/v1/me", headers=bearer(given["access_token"]))

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.usefixtures("house")
async def test_signing_out_ends_the_access_token_too(client: httpx2.AsyncClient) -> None:
    given = await tokens(client)
    headers = bearer(given["access_token"])

    out = await client.post("/api/v1/sign-out", headers=headers)

    assert out.status_code == 204
    assert (await client.get("/api/v1/me", headers=headers)).status_code == 401
    refreshed = await client.post(
        "/api/v1/token",
        data={"grant_type": "refresh_token", "refresh_token": given["refresh_token"]},
    )
    assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")


@pytest.mark.usefixtures("house")
async def test_a_refresh_token_gives_the_next_tokens(client: httpx2.AsyncClient) -> None:
    given = await tokens(client)

    response = await client.post(
        "/api/v1/token",
        data={"grant_type": "refresh_token", "refresh_token": given["refresh_token"]},
    )

    body = response.json()
    assert body["refresh_token"] != given["refresh_token"]
    me = await client.get("/api/v1/me", headers=bearer(body["access_token"]))
    assert me.status_code == 200


@pytest.mark.parametrize("by", ["basic", "body"])
async def test_a_system_gets_a_token_with_its_scopes(
    client: httpx2.AsyncClient, house: Staffroom, by: str
) -> None:
    pair = {"client_id": house.client.client_id, "client_secret": house.client_secret}
    basic = base64.b64encode(":".join(pair.values()).encode()).decode()

    response = await client.post(
        "/api/v1/token",
        data={"grant_type": "client_credentials", **(pair if by == "body" else {})},
        headers={"Authorization": f"Basic {basic}"} if by == "basic" else {},
    )

    assert response.json()["scope"] == "booking"
    assert "refresh_token" not in response.json()
    me = await client.get("/api/v1/me", headers=bearer(response.json()["access_token"]))
    assert (me.json()["kind"], me.json()["scopes"]) == ("system", ["booking"])


@pytest.mark.parametrize(
    ("fields", "headers", "status", "error"),
    [
        ({"grant_type": "client_credentials"}, {}, 401, "invalid_client"),
        (
            {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"},
            {},
            401,
            "invalid_client",
        ),
        (
            {"grant_type": "client_credentials"},
            {"Authorization": "Basic %%%"},
            401,
            "invalid_client",
        ),
        (
            {"grant_type": "client_credentials"},
            {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
            401,
            "invalid_client",
        ),
        ({"grant_type": "refresh_token"}, {}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x.y"}, {}, 400, "invalid_grant"),
        (
            {"grant_type": "refresh_token", "refresh_token": f"{uuid4().hex}.y"},
            {},
            400,
            "invalid_grant",
        ),
        ({"grant_type": "password"}, {}, 400, "unsupported_grant_type"),
    ],
)
async def test_what_gives_no_token_is_named(
    client: httpx2.AsyncClient,
    fields: dict[str, str],
    headers: dict[str, str],
    status: int,
    error: str,
) -> None:
    response = await client.post("/api/v1/token", data=fields, headers=headers)

    assert (response.status_code, response.json()["error"]) == (status, error)


async def test_a_scope_that_is_not_the_clients_gives_none(
    client: httpx2.AsyncClient, house: Staffroom
) -> None:
    response = await client.post(
        "/api/v1/token",
        data={
            "grant_type": "client_credentials",
            "client_id": house.client.client_id,
            "client_secret": house.client_secret,
            "scope": "everything",
        },
    )

    assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")


async def test_a_disabled_account_is_out_at_once(
    client: httpx2.AsyncClient, house: Staffroom
) -> None:
    given = await tokens(client)
    async with house.database.transaction(Actor(house.organization_id)) as session:
        await accounts.disable_account(session, house.account_id, now=START)

    response = await client.get("/api/v1/me", headers=bearer(given["access_token"]))

    assert response.status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x.y.z", "Basic abc", "bearer " + "x" * 9000, "Token a.b.c"]
)
async def test_a_bad_authorization_is_refused_though_a_cookie_is_there(
    client: httpx2.AsyncClient, house: Staffroom, settings: Settings, header: str
) -> None:
    signed = await house.sign_in()
    client.cookies.set(security.cookie_name(settings), signed.secret)

    response = await client.get("/api/v1/me", headers={"Authorization": header})

    assert response.status_code == 401


async def test_an_events_token_speaks_for_its_owner(
    client: httpx2.AsyncClient, house: Staffroom, settings: Settings
) -> None:
    given = await tokens(client)

    response = await client.post("/api/v1/events/token", headers=bearer(given["access_token"]))

    principal = await security.principal_of_token(
        response.json()["token"], "events", house.database, settings=settings, now=START
    )
    assert principal.practitioner_id == house.practitioner_id
    assert response.json()["expires_at"] == "2026-11-20T09:10:00Z"


async def test_a_signalling_token_opens_one_encounter(
    client: httpx2.AsyncClient, house: Staffroom, settings: Settings
) -> None:
    encounter = await encounter_of(house)
    given = await tokens(client)

    response = await client.post(
        f"/api/v1/encounters/{encounter}/signalling-token",
        headers=bearer(given["access_token"]),
    )

    token = response.json()["token"]
    for encounter_id in (uuid4(), None):
        with pytest.raises(TokenRefused):
            await security.principal_of_token(
                token,
                "signalling",
                house.database,
                settings=settings,
                now=START,
                encounter_id=encounter_id,
            )


async def want_relays_alone(house: Staffroom) -> None:
    async with house.database.transaction(Actor(organization_id=house.organization_id)) as session:
        organization = await session.get_one(Organization, house.organization_id)
        organization.relay_only = True


@pytest.mark.parametrize("relay_only", [False, True], ids=["any way", "relays alone"])
async def test_a_signalling_token_brings_the_sites_turn_servers(
    house: Staffroom, settings: Settings, tmp_path: Path, relay_only: bool
) -> None:
    secret, encounter = tmp_path / "turn-secret", await encounter_of(house)
    secret.write_text("s" * 64, "ascii")
    if relay_only:
        await want_relays_alone(house)
    site = {"turn_urls": ("turn:turn.example.org",), "turn_secret_file": secret}
    async with over_http(settings.model_copy(update=site), Clock()) as client:
        given = await tokens(client)

        response = await client.post(
            f"/api/v1/encounters/{encounter}/signalling-token",
            headers=bearer(given["access_token"]),
        )

    (server,) = response.json()["ice_servers"]
    assert response.json()["ice_transport_policy"] == ("relay" if relay_only else "all")
    assert server["urls"] == ["turn:turn.example.org"]
    assert int(server["username"].split(":")[0]) == (START + CREDENTIAL_LIFETIME).timestamp()
    assert USERNAME not in server["username"]


async def test_without_turn_there_are_no_servers_and_no_call_that_needs_them(
    client: httpx2.AsyncClient, house: Staffroom
) -> None:
    encounter = await encounter_of(house)
    given = await tokens(client)
    address = f"/api/v1/encounters/{encounter}/signalling-token"
    headers = bearer(given["access_token"])

    free = await client.post(address, headers=headers)
    await want_relays_alone(house)
    bound = await client.post(address, headers=headers)

    assert (free.json()["ice_servers"], free.json()["ice_transport_policy"]) == ([], "all")
    assert bound.status_code == 503
    assert bound.json()["type"].endswith("relay-unavailable")


@pytest.mark.parametrize(("status", "code"), [("planned", 200), ("finished", 410)])
async def test_a_signalling_token_is_for_a_consultation_that_goes_on(
    client: httpx2.AsyncClient, house: Staffroom, status: str, code: int
) -> None:
    encounter = await encounter_of(house, status)
    given = await tokens(client)

    response = await client.post(
        f"/api/v1/encounters/{encounter}/signalling-token",
        headers=bearer(given["access_token"]),
    )

    assert response.status_code == code


async def test_another_organisations_encounter_is_not_found(
    client: httpx2.AsyncClient, house: Staffroom, settings: Settings
) -> None:
    other = await staffroom(house.database, settings, ods_code="B81001", username="other")
    encounter = await encounter_of(other)
    given = await tokens(client)

    response = await client.post(
        f"/api/v1/encounters/{encounter}/signalling-token",
        headers=bearer(given["access_token"]),
    )

    assert response.status_code == 404


async def test_a_cookie_works_from_our_own_pages_only(
    client: httpx2.AsyncClient, house: Staffroom, settings: Settings
) -> None:
    signed = await house.sign_in()
    client.cookies.set(security.cookie_name(settings), signed.secret)
    statuses = [
        (await client.post("/api/v1/events/token", headers=headers)).status_code
        for headers in (
            OWN_PAGE,
            {"Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "same-site", **OWN_PAGE},
            {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {},
        )
    ]

    assert (await client.get("/api/v1/me")).status_code == 200
    assert statuses == [200, 200, 403, 403, 403, 403, 403]


async def test_the_public_keys_are_published(client: httpx2.AsyncClient) -> None:
    response = await client.get("/.well-known/jwks.json")

    assert [key["alg"] for key in response.json()["keys"]] == ["ES256"]

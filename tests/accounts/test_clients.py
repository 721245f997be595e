"""Systems come with an id and a secret, and may do what their scopes say."""

from uuid import uuid4

import pytest

from app import accounts
from app.errors import InvalidClient, NotAuthenticated
from app.identity import Actor
from app.models import ApiClient
from tests.accounts.staffroom import START, Staffroom

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def disable(house: Staffroom) -> None:
    async with house.database.transaction(Actor(house.organization_id)) as session:
        (await session.get_one(ApiClient, house.client.id)).disabled_at = START


async def test_a_client_with_its_secret_is_a_system_of_its_organisation(house: Staffroom) -> None:
    principal = await accounts.authenticate_client(
        house.database, house.client.client_id, house.client_secret
    )

    assert (principal.kind, principal.organization_id) == ("system", house.organization_id)
    assert principal.scopes == {"booking"}


async def test_scopes_are_never_more_than_the_clients(house: Staffroom) -> None:
    principal = await accounts.authenticate_client(
        house.database,
        house.client.client_id,
        house.client_secret,
        scopes=frozenset({"booking", "everything"}),
    )

    assert principal.scopes == {"booking"}


async def test_a_wrong_secret_and_an_unknown_client_are_refused_alike(house: Staffroom) -> None:
    for client_id, secret in ((house.client.client_id, "wrong"), ("unknown", house.client_secret)):
        with pytest.raises(InvalidClient):
            await accounts.authenticate_client(house.database, client_id, secret)


async def test_a_disabled_client_is_out_with_its_tokens(house: Staffroom) -> None:
    await disable(house)

    with pytest.raises(InvalidClient):
        await accounts.authenticate_client(
            house.database, house.client.client_id, house.client_secret
        )
    for client in (house.client.id, uuid4()):
        with pytest.raises(NotAuthenticated):
            await accounts.principal_of_client(
                house.database, client, scopes=frozenset({"booking"})
            )


async def test_a_scope_nobody_knows_cannot_be_given(house: Staffroom) -> None:
    async def create() -> None:
        async with house.database.transaction(Actor(house.organization_id)) as session:
            await accounts.create_client(session, "x", {"everything"})

    with pytest.raises(ValueError, match="scopes"):
        await create()

"""A page is open where a session of theirs was used a moment ago."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.models import Account, SignIn
from app.notifications.rings.presence import SEEN_WITHIN, has_page_open
from tests.notifications.rings.ward import Ward
from tests.referrals.world import NOON

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.mark.parametrize(
    ("used_ago", "revoked", "present"),
    [
        (timedelta(minutes=1), False, True),
        (SEEN_WITHIN, False, False),
        (timedelta(minutes=1), True, False),
    ],
)
async def test_whoever_was_there_a_moment_ago_is(
    ward: Ward, used_ago: timedelta, revoked: bool, present: bool
) -> None:
    shah = ward.region.shah
    assert shah.practitioner_id is not None
    async with ward.region.acting(shah) as session:
        account = Account(
            organization_id=shah.organization_id,
            practitioner_id=shah.practitioner_id,
            username="nina.shah",
            password_hash="-",
        )
        session.add(account)
        await session.flush()
        session.add(
            SignIn(
                organization_id=shah.organization_id,
                kind="cookie",
                secret_digest=b"1",
                account_id=account.id,
                last_used_at=NOON - used_ago,
                expires_at=NOON + timedelta(hours=1),
                revoked_at=NOON if revoked else None,
            )
        )

    async with ward.region.acting(replace(shah)) as session:
        assert await has_page_open(session, shah.practitioner_id, NOON) is present

"""The hospital's administrator at the rota's pages."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.referrals.world import NOON, Region, staff
from tests.routers.service import ACTING, People, client, service


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    hospital = region.shah.organization_id
    bell = await staff(region.database, hospital, "administrator", "Grace", "Bell")
    people = People(bell=bell, shah=region.shah)
    async with client(service(database_url, people, now=NOON), "bell") as opened:
        opened.headers.update({ACTING: "bell", "Sec-Fetch-Site": "same-origin"})
        yield opened

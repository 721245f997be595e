"""A thousand want one slot, over HTTP against two web processes; one gets it."""

from collections import Counter
from pathlib import Path

import pytest

from app.database import Database
from tests.faults.clients import token_of
from tests.faults.nodes import all_ready, nodes
from tests.faults.practice import open_practice
from tests.faults.racers import race

pytestmark = [pytest.mark.anyio, pytest.mark.database]
RACERS, CONNECTIONS = 1_000, 250


async def test_of_a_thousand_who_want_one_slot_one_gets_it(
    database_url: str, tmp_path: Path
) -> None:
    database = Database(database_url)
    practice = await open_practice(database, practitioners=2, patients=RACERS, days=2)
    await database.close()

    with nodes([database_url] * 2, tmp_path) as running:
        await all_ready(running)
        tokens = [await token_of(running[0].port, system) for system in practice.systems]
        finishes = await race(
            practice, [node.port for node in running], tokens, connections=CONNECTIONS
        )

    assert Counter(each.status for each in finishes) == {201: 1, 409: RACERS - 1}

"""Many clients against two web processes, with connections cut at random: nobody is booked twice,
nothing that was promised is lost, nothing that was refused is there, and the stream has no gap."""

import os
from pathlib import Path

import pytest

from tests.faults.campaign import campaign

pytestmark = [pytest.mark.anyio, pytest.mark.database]
OPERATIONS = int(os.environ.get("FAULT_OPERATIONS", "1200"))
"""The whole 10,000 take minutes on two cores: `make bench NAME=booking` runs them."""
SEED = int(os.environ.get("FAULT_SEED", "20261125"))


@pytest.mark.timeout(1_200)
async def test_bookings_survive_faults_between_everybody(database_url: str, tmp_path: Path) -> None:
    outcome = await campaign(database_url, tmp_path, operations=OPERATIONS, seed=SEED)

    assert not outcome.problems, outcome.story(SEED)
    assert len(outcome.findings.operations) == OPERATIONS
    assert outcome.unanswered > OPERATIONS // 50, "there were hardly any faults"

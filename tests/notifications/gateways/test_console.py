"""Demo mode keeps nothing and logs an id."""

from uuid import uuid4

import pytest
import structlog

from app.notifications.gateways import Outgoing
from app.notifications.gateways.console import Console


@pytest.mark.anyio
async def test_the_log_names_the_message_and_nothing_else() -> None:
    outgoing = Outgoing(id=uuid4(), medium="sms", to="07700 900982", text="Dr Okafor at 10:00")

    with structlog.testing.capture_logs() as logged:
        provider_id = await Console().send(outgoing)

    assert provider_id
    assert str(outgoing.id) in str(logged)
    assert "07700" not in str(logged)
    assert "Okafor" not in str(logged)

"""How a web process is run."""

import os
import threading

from app.cli.web import _wait, configuration
from app.config import Settings


def test_nothing_of_uvicorn_s_own_says_who_called() -> None:
    config = configuration(Settings(), None)

    assert config.access_log is False
    assert config.server_header is False


def test_forwarded_addresses_are_believed_from_named_proxies_only() -> None:
    alone = configuration(Settings(), None)
    behind = configuration(Settings(trusted_proxies=("192.0.2.1",)), None)

    assert alone.proxy_headers is False
    assert behind.proxy_headers is True
    assert behind.forwarded_allow_ips == ["192.0.2.1"]


def test_it_waits_until_the_supervisor_opens_the_gate() -> None:
    reads, ours = os.pipe()
    waiting = threading.Thread(target=_wait, args=(reads,))
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()

    os.close(ours)

    waiting.join(5)
    assert not waiting.is_alive()

"""How a web process is run."""

import json
import os
import socket
import subprocess
import sys
import threading

import pytest

from app.cli.web import _wait, configuration
from app.config import Settings

BROKEN = """
from app.main import create_app

def application():
    app = create_app()
    app.state.clock = lambda: 1 / 0
    return app
"""
"""Consumers of the outbox ask for the time outside of what they may survive."""
TOLD = """
import asyncio, os, signal
from app.main import create_app

def application():
    app = create_app()
    asyncio.get_running_loop().call_later(1, os.kill, os.getpid(), signal.SIGTERM)
    return app
"""
SERVE = """
import socket, sys
import uvicorn
from app.cli.web import serve

config = uvicorn.Config(application, factory=True, log_config=None)
sys.exit(serve(config, socket.socket(fileno=int(sys.argv[1]))))
"""


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


@pytest.mark.database
def test_a_process_whose_background_work_ends_by_itself_ends_too(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = run_with(BROKEN, database_url, listener)

    assert ended.returncode == 1
    [said] = [line for line in ended.stdout.splitlines() if "background_ended" in line][:1]
    assert json.loads(said)["kind"] == "ZeroDivisionError"


@pytest.mark.database
def test_a_process_that_is_told_to_stop_has_not_failed(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = run_with(TOLD, database_url, listener)

    assert ended.returncode == 0
    assert "background_ended" not in ended.stdout


def run_with(
    script: str, database_url: str, listener: socket.socket
) -> subprocess.CompletedProcess[str]:
    """A real process that serves an application which the script makes."""
    descriptor = listener.fileno()
    return subprocess.run(
        [sys.executable, "-c", script + SERVE, str(descriptor)],
        env={**os.environ, "DATABASE_URL": database_url, "LOG_FORMAT": "json"},
        pass_fds=(descriptor,),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

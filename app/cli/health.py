"""`openconsult health`: asks a node on this machine whether it can serve."""

import asyncio
import json
import ssl
import time

POLL_SECONDS = 0.05
ANSWER_SECONDS = 5.0
# What a node that listens everywhere is reached by from the same machine.
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared only


async def ready_within(seconds: float, host: str, port: int, *, secure: bool) -> bool:
    """Ask /health/ready until all is well or the time is up; 0 seconds ask once.

    A node whose calls are out still says 200, so that booking goes on; here that is not ready.
    """
    deadline = time.monotonic() + seconds
    while not await _is_ready(LOOPBACK_OF.get(host, host), port, secure=secure):
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


async def _is_ready(host: str, port: int, *, secure: bool) -> bool:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await _status(host, port, _trusting() if secure else None) == "ok"
    except (OSError, TimeoutError, ValueError):
        return False  # not listening, or busy starting


async def _status(host: str, port: int, tls: ssl.SSLContext | None) -> object:
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        writer.write(b"GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = await reader.read()
    finally:
        writer.close()
    said: object = json.loads(answer.partition(b"\r\n\r\n")[2])
    return said.get("status") if isinstance(said, dict) else None


def _trusting() -> ssl.SSLContext:
    """We ask ourselves: nobody needs to vouch for our own certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context

"""`openconsult health`: asks a node on this machine whether it can serve."""

import asyncio
import ssl
import time

POLL_SECONDS = 0.05
ANSWER_SECONDS = 5.0
# What a node that listens everywhere is reached by from the same machine.
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared only


async def ready_within(seconds: float, host: str, port: int, *, secure: bool) -> bool:
    """Ask /health/ready until it says 200 or the time is up; 0 seconds ask once."""
    deadline = time.monotonic() + seconds
    while not await _is_ready(LOOPBACK_OF.get(host, host), port, secure=secure):
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


async def _is_ready(host: str, port: int, *, secure: bool) -> bool:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await _status(host, port, _trusting() if secure else None) == 200
    except (OSError, TimeoutError, ValueError):
        return False  # not listening, or busy starting


async def _status(host: str, port: int, tls: ssl.SSLContext | None) -> int:
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        writer.write(b"GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
        status_line = await reader.readline()
        return int(status_line.split()[1]) if status_line.count(b" ") >= 2 else 0
    finally:
        writer.close()


def _trusting() -> ssl.SSLContext:
    """We ask ourselves: nobody needs to vouch for our own certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context

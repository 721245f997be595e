"""uvicorn's WebSocket protocol, less patient: a client that stops reading is let go.

uvicorn 0.54 waits for ever for such a client to take what is buffered, on keepalive timeout and
on SIGTERM too (measured: still open after 40 s). Here the connection is aborted.
"""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.config import STALL_ABORT

# Above what the sockets accept, so that a message somewhat too long gets our own close code.
MAX_FRAME_BYTES = 131_072
PING_SECONDS = 10.0

# How uvicorn.Config is told. Deflate is off: it costs 30 KiB a connection and invites CRIME.
UVICORN_OPTIONS: dict[str, Any] = {
    "ws": "app.routers.stall:StallAborting",
    "ws_max_size": MAX_FRAME_BYTES,
    "ws_ping_interval": PING_SECONDS,
    "ws_ping_timeout": PING_SECONDS,
    "ws_per_message_deflate": False,
}


class StallAborting(WebSocketsSansIOProtocol):
    """Aborts 5 s after the client stopped reading, or after the end if it will not take that."""

    patience_seconds = STALL_ABORT.total_seconds()
    _abort: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._abort_later()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_abort()

    def keepalive_timeout(self) -> None:
        self.pong_timer = None
        self.transport.abort()

    def shutdown(self) -> None:
        super().shutdown()
        self._abort_later()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self._abort_later()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._cancel_abort()

    def _abort_later(self) -> None:
        if self._abort is None and not self.disconnected:
            self._abort = self.loop.call_later(self.patience_seconds, self.transport.abort)

    def _cancel_abort(self) -> None:
        if self._abort is not None:
            self._abort.cancel()
            self._abort = None

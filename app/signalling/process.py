"""One room server process, started by `openconsult serve`."""

import argparse
import asyncio
import logging
import signal
import sys
from functools import partial
from pathlib import Path

import structlog
import uvloop

from app.clock import run_ahead
from app.config import Settings, address_and_port
from app.garbage import look_seldom
from app.signalling.clock import Clock
from app.signalling.media import PACKETS_PER_SECOND, Announced, MediaNode
from app.signalling.participants import Surroundings
from app.signalling.recording.writer import Recording, RecordingWriter
from app.signalling.server import RoomServer, unguessable_id


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m app.signalling", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="Unix socket to serve on")
    parser.add_argument("--recordings", type=Path, help="folder; one beside the socket if unset")
    parser.add_argument("--media-host", default="127.0.0.1", help="address for media")
    parser.add_argument("--media-port", type=int, default=0, help="UDP and TCP; 0: any")
    parser.add_argument(
        "--announce",
        action="append",
        default=[],
        type=_announced,
        help="address, address:port or [v6]:port to write into answers; repeatable",
    )
    parser.add_argument(
        "--packets-per-second",
        type=int,
        default=PACKETS_PER_SECOND,
        help="how many packets of one peer are taken (default: %(default)s)",
    )
    return parser.parse_args(argv)


def _announced(text: str) -> Announced:
    try:
        return Announced(*address_and_port(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


async def serve(options: argparse.Namespace) -> None:
    """Run until SIGTERM or SIGINT. Raises OSError where the port or the socket cannot be had."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    node = await MediaNode.open(
        host=options.media_host,
        port=options.media_port,
        announced=tuple(options.announce),
        packets_per_second=options.packets_per_second,
    )

    def ended(recording: Recording) -> None:
        failed = recording.state == "failed"
        loop.call_soon_threadsafe(partial(server.recording_ended, recording.id, failed=failed))

    writer = RecordingWriter(options.recordings or options.socket.parent / "recordings", ended)
    server = RoomServer(Surroundings(node, writer, Clock(), unguessable_id))
    try:
        await server.run(options.socket, stop)
    finally:
        await asyncio.to_thread(writer.close)
        await node.close()


def _configure_logs(settings: Settings) -> None:
    as_json = settings.log_format == "json"
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer()
            if as_json
            else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level.upper()]
        ),
    )


def main(argv: list[str] | None = None) -> int:
    """The exit status: 2 where the addresses cannot be had, said in one line."""
    options = arguments(argv)
    settings = Settings()
    _configure_logs(settings)
    run_ahead(settings.clock_ahead)
    look_seldom()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(options))
    except OSError as error:
        place = f"UDP and TCP {options.media_host}:{options.media_port} or {options.socket}"
        sys.stderr.write(f"The room server cannot use {place}: {error.strerror or error}\n")
        return 2
    return 0

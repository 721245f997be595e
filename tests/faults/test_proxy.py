"""The proxy does to a connection what its weather says, and nothing in fair weather."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.faults.proxy import FAIR, Proxy, Weather, obey

pytestmark = pytest.mark.anyio
SOON = 0.2
"""Longer than loopback takes, in seconds."""


@asynccontextmanager
async def echo_behind(weather: Weather) -> AsyncIterator[tuple[Proxy, int]]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(100):
                writer.write(piece)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Proxy(str(server.sockets[0].getsockname()[1]), seed=1)
    proxy.weather = weather
    port = await proxy.start()
    try:
        yield proxy, port
    finally:
        await proxy.close()
        server.close()


@asynccontextmanager
async def connected(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_in_fair_weather_everything_passes() -> None:
    async with echo_behind(FAIR) as (_, port), connected(port) as (reader, writer):
        writer.write(b"x" * 100_000)

        assert len(await reader.readexactly(100_000)) == 100_000


async def test_a_cut_comes_after_so_many_bytes_of_both_ways() -> None:
    weather = Weather(cut=1, least_bytes=15, most_bytes=15)
    async with echo_behind(weather) as (_, port), connected(port) as (reader, writer):
        writer.write(b"0123456789")

        assert await reader.read() == b"01234"


async def test_a_reset_is_told_as_one() -> None:
    weather = Weather(reset=1, least_bytes=1, most_bytes=1)
    async with echo_behind(weather) as (_, port), connected(port) as (reader, writer):
        writer.write(b"0123456789")

        with pytest.raises(ConnectionResetError):
            await reader.read()


async def test_a_dumb_connection_stays_open_and_says_nothing() -> None:
    weather = Weather(dumb=1, least_bytes=10, most_bytes=10)
    async with echo_behind(weather) as (_, port), connected(port) as (reader, writer):
        writer.write(b"0123456789")

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(), SOON)


async def test_what_is_sent_in_a_partition_arrives_after_it_in_order() -> None:
    async with echo_behind(FAIR) as (proxy, port), connected(port) as (reader, writer):
        writer.write(b"a")
        await reader.readexactly(1)
        proxy.part()
        writer.write(b"b")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(1), SOON)
        writer.write(b"c")
        proxy.heal()

        assert await reader.readexactly(2) == b"bc"


async def test_delay_and_jitter_keep_the_order() -> None:
    weather = Weather(delay=0.001, jitter=0.02)
    async with echo_behind(weather) as (_, port), connected(port) as (reader, writer):
        sent = bytes(range(200))
        for number in range(0, 200, 4):
            writer.write(sent[number : number + 4])
            await asyncio.sleep(0)

        assert await reader.readexactly(200) == sent


async def test_severing_resets_what_is_there_and_lets_others_in() -> None:
    async with echo_behind(FAIR) as (proxy, port), connected(port) as (reader, writer):
        writer.write(b"a")
        await reader.readexactly(1)

        proxy.sever()

        with pytest.raises(ConnectionResetError):
            await reader.read()
        async with connected(port) as (other, sending):
            sending.write(b"b")
            assert await other.readexactly(1) == b"b"


async def test_a_target_that_is_away_resets_the_caller() -> None:
    proxy = Proxy("/nowhere", seed=1)
    port = await proxy.start()

    async with connected(port) as (reader, _):
        with pytest.raises(ConnectionResetError):
            await reader.read()

    await proxy.close()


async def test_it_obeys_lines_of_json() -> None:
    proxy = Proxy("/nowhere", seed=1)

    obey([proxy], json.dumps({"proxy": 0, "do": "weather", "cut": 0.5}))
    obey([proxy], json.dumps({"proxy": 0, "do": "part"}))

    assert proxy.weather == Weather(cut=0.5)
    assert proxy.is_parted

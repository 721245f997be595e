"""A client of a TURN server, run inside a namespace: `python -m tests.links.turn_client` with
server, port, user name, password, peer's address, how many allocations.

Says in JSON what became of each allocation, `allocated` or the refusal's number (RFC 8489 §14.8),
and whether the first one may reach the peer: `bound` or the refusal's number.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Coroutine, Sequence

from aioice.stun import TransactionFailed
from aioice.turn import TurnClientUdpProtocol

SECONDS = 20
LIFETIME = 600
PEER_PORT = 9_999
CHANNEL = 0x4000


async def ask(
    server: tuple[str, int], user: tuple[str, str], peer: str, count: int
) -> dict[str, object]:
    """As the module says."""
    clients = [await _client(server, user) for _ in range(count)]
    outcomes = [await _outcome(client.connect(), "allocated") for client in clients]
    reached = None
    if outcomes[0] == "allocated":
        reached = await _outcome(clients[0].channel_bind(CHANNEL, (peer, PEER_PORT)), "bound")
    return {"allocations": outcomes, "peer": reached}


async def _client(server: tuple[str, int], user: tuple[str, str]) -> TurnClientUdpProtocol:
    def made() -> TurnClientUdpProtocol:
        return TurnClientUdpProtocol(
            server, *user, lifetime=LIFETIME, channel_refresh_time=LIFETIME
        )

    _, client = await asyncio.get_running_loop().create_datagram_endpoint(made, remote_addr=server)
    return client


async def _outcome(asked: Coroutine[object, object, object], success: str) -> str | int:
    try:
        await asked
    except TransactionFailed as failure:
        number: int = failure.response.attributes["ERROR-CODE"][0]
        return number
    return success


def main(arguments: Sequence[str]) -> None:
    """As the module says."""
    logging.disable(logging.CRITICAL)
    server, port, name, password, peer, count = arguments
    asked = ask((server, int(port)), (name, password), peer, int(count))
    print(json.dumps(asyncio.run(asyncio.wait_for(asked, SECONDS))))


if __name__ == "__main__":
    main(sys.argv[1:])

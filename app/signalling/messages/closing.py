"""How sockets end."""

from enum import IntEnum


class CloseCode(IntEnum):
    """WebSocket close codes of ours (RFC 6455 §7.4.2). Below 4500: reconnect. From 4500: do not."""

    GOING_AWAY = 4000
    SLOW = 4001
    ROOM_SERVER_LOST = 4002
    HELLO_TIMEOUT = 4003
    TOKEN_EXPIRED = 4004
    BAD_HELLO = 4500
    UNAUTHORISED = 4501
    FORBIDDEN = 4502
    ENDED = 4503
    REPLACED = 4504
    REMOVED = 4505
    TOO_LARGE = 4506
    TOO_MANY_ERRORS = 4507
    LEFT = 4508

"""A push service on loopback: it takes messages as RFC 8030 says, and its browsers read them."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from app.notifications.rings.devices import Keys, NewDevice


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass(frozen=True)
class Message:
    """One that was taken."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Chrome:
    """A browser with a subscription: nobody else can read what is pushed to it."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def subscription(self) -> NewDevice:
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = Keys(p256dh=base64url(point), auth=base64url(self.auth))
        return NewDevice(endpoint=self.endpoint, keys=keys, device="Chrome on Android")

    def read(self, message: Message) -> dict[str, str]:
        plain = http_ece.decrypt(
            message.body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        content: dict[str, str] = json.loads(plain)
        return content


@dataclass
class PushService:
    """Answers one status after the other, then 201 for ever."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)

    def browser(self) -> Chrome:
        return Chrome(f"{self.url}/send/{uuid4().hex}")

    def is_signed(self, message: Message) -> bool:
        return bool(Vapid02.verify(message.headers["authorization"]))

    def claims(self, message: Message) -> dict[str, object]:
        token = message.headers["authorization"].split("t=")[1].split(",")[0].split(".")[1]
        found: dict[str, object] = json.loads(base64.urlsafe_b64decode(token + "=="))
        return found

    async def respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.taken.append(Message(first.split()[1], headers, body))
        status = self.answers.pop(0) if self.answers else 201
        writer.write(
            f"HTTP/1.1 {status} .\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    service = PushService()
    server = await asyncio.start_server(service.respond, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield service

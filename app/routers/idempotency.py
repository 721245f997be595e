"""The header Idempotency-Key: required on booking calls, so that a repeat books nothing twice."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app import scheduling
from app.errors import InvalidInput, MissingIdempotencyKey
from app.routers.dependencies import Session

_ACCEPTABLE = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a deed answers, before it is written out."""

    status_code: int
    body: BaseModel
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Once:
    """Runs a deed unless the same call was answered already."""

    session: AsyncSession
    call: scheduling.Call
    now: datetime

    async def __call__(self, act: Callable[[], Awaitable[Reply]]) -> Response:
        """The deed's answer, or its repetition with `Idempotency-Replayed: true`."""

        async def answer() -> scheduling.Answer:
            reply = await act()
            body = reply.body.model_dump_json().encode()
            return scheduling.Answer(reply.status_code, reply.headers, body)

        answered = await scheduling.once(self.session, self.call, answer, now=self.now)
        replayed = {"Idempotency-Replayed": "true"} if answered.replayed else {}
        return Response(
            answered.body,
            answered.status_code,
            headers={**answered.headers, **replayed},
            media_type="application/json",
        )


async def once(
    request: Request,
    session: Session,
    idempotency_key: Annotated[
        str | None, Header(description="A new random value for each new deed")
    ] = None,
) -> Once:
    """The present call, recognised by its key. Raises MissingIdempotencyKey, InvalidInput."""
    if idempotency_key is None:
        raise MissingIdempotencyKey
    if not _ACCEPTABLE.fullmatch(idempotency_key):
        raise InvalidInput.field("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
    digest = sha256(f"{request.method} {request.url.path}\n".encode())
    digest.update(_canonical(await request.body()))
    return Once(
        session, scheduling.Call(idempotency_key, digest.digest()), request.app.state.clock()
    )


def _canonical(body: bytes) -> bytes:
    if not body:
        return b""
    return json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()


Repeatable = Annotated[Once, Depends(once)]

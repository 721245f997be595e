"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a repeat does nothing, once more.

The answer is kept in the transaction of the deed. Only the key's digest is stored, and the
answer is sealed with the key itself: it may hold a join link, which nobody may read in a table.
"""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from sqlalchemy import Row, delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import actor_of, organization_of
from app.errors import IdempotencyMismatch, InFlight
from app.models import IdempotencyKey
from app.writing import append_rows_later, send

LIFETIME = timedelta(hours=24)
_NONCE_BYTES = 12
_TRY = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))")
_ANSWERED = text(
    "SELECT id, key, request_digest, status_code, headers, body, created_at FROM idempotency_key"
    " WHERE organization_id = :organization AND subject = :subject AND key = :key"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it goes out. `replayed` when it was given before."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One unsafe call: the caller's key, and SHA-256 over method, path and body."""

    key: str
    request_digest: bytes


async def once(
    session: AsyncSession, call: Call, act: Callable[[], Awaitable[Answer]], *, now: datetime
) -> Answer:
    """`act`'s answer, or the one it gave to the same call before, within a day.

    Raises InFlight while the first call is at work, IdempotencyMismatch for another request with
    the same key. A refusal is not kept: it changed nothing, and the repeat may succeed.
    """
    stored_key = sha256(f"{_subject(session)} {call.key}".encode()).hexdigest()
    await _begin(session, stored_key)
    caller = {"organization": organization_of(session), "subject": _subject(session)}
    kept = (await send(session, _ANSWERED, {**caller, "key": stored_key})).one_or_none()
    if kept is not None and kept.created_at > now - LIFETIME:
        return _repeat(kept, call)
    if kept is not None:  # a sweep has not come by yet
        await session.execute(delete(IdempotencyKey).where(IdempotencyKey.id == kept.id))
    answer = await act()
    append_rows_later(session, _kept(session, call, answer, stored_key=stored_key, now=now))
    return answer


def _subject(session: AsyncSession) -> UUID:
    principal = actor_of(session).principal
    if principal is None:
        raise LookupError("an idempotent call needs a caller")
    return principal.subject


async def _begin(session: AsyncSession, stored_key: str) -> None:
    # Released when the transaction ends, after its row can be seen.
    if not (await send(session, _TRY, {"key": stored_key})).scalar_one():
        raise InFlight


def _kept(
    session: AsyncSession, call: Call, answer: Answer, *, stored_key: str, now: datetime
) -> IdempotencyKey:
    return IdempotencyKey(
        organization_id=organization_of(session),
        subject=_subject(session),
        key=stored_key,
        request_digest=call.request_digest,
        status_code=answer.status_code,
        headers=dict(answer.headers),
        body=_sealed(call, stored_key, answer.body),
        created_at=now,
    )


def _repeat(kept: Row[Any], call: Call) -> Answer:
    if kept.request_digest != call.request_digest:
        raise IdempotencyMismatch
    answer = Answer(
        status_code=kept.status_code or 200,
        headers={name: str(value) for name, value in (kept.headers or {}).items()},
        body=_opened(call, kept.key, kept.body or b""),
    )
    return replace(answer, replayed=True)


def _sealed(call: Call, stored_key: str, body: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(call, stored_key).encrypt(nonce, body, None)


def _opened(call: Call, stored_key: str, sealed: bytes) -> bytes:
    nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return _cipher(call, stored_key).decrypt(nonce, body, None)


def _cipher(call: Call, stored_key: str) -> ChaCha20Poly1305:
    sealing = sha256(f"openconsult idempotency {stored_key} {call.key}".encode()).digest()
    return ChaCha20Poly1305(sealing)

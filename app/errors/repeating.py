"""The header Idempotency-Key, used wrongly or too soon."""

from app.errors.tree import Conflict, Invalid


class InFlight(Conflict):
    """The first request with this Idempotency-Key is still being worked on."""

    slug = "in-flight"
    title = "The same request is still being worked on"


class MissingIdempotencyKey(Invalid):
    """The header Idempotency-Key is needed on every unsafe booking call."""

    status, slug = 400, "idempotency-key-required"
    title = "Send an Idempotency-Key header"


class IdempotencyMismatch(Invalid):
    slug = "idempotency-mismatch"
    title = "This Idempotency-Key was used with another request"

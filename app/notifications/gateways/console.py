"""Demo mode: nothing leaves the machine. The page of messages shows the words."""

import structlog

from app.notifications.gateways.gateway import Outgoing

log = structlog.get_logger("app.notifications")


class Console:
    """Logs that a message would have gone out, and keeps nothing."""

    async def send(self, outgoing: Outgoing) -> str:
        """Always goes well."""
        log.info("message_shown", communication=str(outgoing.id), medium=outgoing.medium)
        return f"demo-{outgoing.id}"

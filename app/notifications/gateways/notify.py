"""GOV.UK Notify, by its official client.

Its templates hold nothing but ((body)), and ((subject)) for e-mail: the words are ours. A
Communication's id is the reference, by which Notify is asked before anything is sent again.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient
from pydantic import SecretStr

from app.notifications.gateways.gateway import Outgoing, Refused, Unreachable
from app.notifications.kinds import Medium

TIMEOUT_SECONDS = 20
# Ours to put right, by configuration or by waiting; everything else of 4xx is this message's own.
_OUR_KEY = frozenset({401, 403})
_PASSES = frozenset({408, 429})
# "Template not found", "Missing personalisation: …": of every message, so not this one's fault.
_OUR_TEMPLATE = ("template", "personalisation")
_FAILED = frozenset({"permanent-failure", "temporary-failure", "technical-failure"})


@dataclass(frozen=True, slots=True)
class Notify:
    """One service of Notify; `templates` are the ids of its templates by medium."""

    api_key: SecretStr
    base_url: str
    templates: Mapping[Medium, str]

    async def send(self, outgoing: Outgoing) -> str:
        """Notify's id of the message. Its client blocks, so it runs in a thread."""
        return await asyncio.to_thread(self._send, outgoing)

    def _send(self, outgoing: Outgoing) -> str:
        # The client is not thread-safe: each message has its own.
        client = NotificationsAPIClient(
            self.api_key.get_secret_value(), base_url=self.base_url, timeout=TIMEOUT_SECONDS
        )
        try:
            return (outgoing.is_repeat and _found(client, outgoing)) or self._post(client, outgoing)
        except APIError as error:
            raise _undelivered(error) from None
        finally:
            client.request_session.close()

    def _post(self, client: NotificationsAPIClient, outgoing: Outgoing) -> str:
        template, reference = self.templates[outgoing.medium], str(outgoing.id)
        if outgoing.medium == "sms":
            answer: Any = client.send_sms_notification(
                outgoing.to, template, {"body": outgoing.text}, reference
            )
        else:
            words = {"subject": outgoing.subject, "body": outgoing.text}
            answer = client.send_email_notification(outgoing.to, template, words, reference)
        return str(answer["id"])


def _found(client: NotificationsAPIClient, outgoing: Outgoing) -> str:
    """The id of one that got through before; empty where none did."""
    answer: Any = client.get_all_notifications(reference=str(outgoing.id))
    live = (one for one in answer["notifications"] if one["status"] not in _FAILED)
    return next((str(one["id"]) for one in live), "")


def _undelivered(error: APIError) -> Refused | Unreachable:
    status = error.status_code
    if status in _OUR_KEY:
        return Unreachable(f"GOV.UK Notify did not accept our key ({status}).")
    if status == 400 and any(word in str(error.message).lower() for word in _OUR_TEMPLATE):
        return Unreachable("GOV.UK Notify did not accept our template (400).")
    if 400 <= status < 500 and status not in _PASSES:
        return Refused(f"GOV.UK Notify did not take it ({status}). Check the number or address.")
    return Unreachable(f"GOV.UK Notify could not be reached or was busy ({status}).")

"""By what somebody is rung beside open pages, in words."""

from dataclasses import dataclass

from app import notifications
from app.notifications import rings
from app.web.desk import Desk

_TEXTS = {
    "no-device": "Where no page of yours is open, {mobile} is texted.",
    "always": "{mobile} is texted every time.",
    "never": "You are not texted.",
}
NO_NUMBER = "You are not texted: no mobile number is known."


@dataclass(frozen=True, slots=True)
class RungBy:
    """What the page of those on call says of it."""

    push_key: str
    texts: bool
    text_words: str


async def rung_by(desk: Desk, push: rings.Push | None) -> RungBy:
    """By what the person at this desk is rung."""
    preference = await rings.preference_of(desk.session)
    words = _TEXTS[preference.text_when].format(mobile=preference.mobile)
    return RungBy(
        push_key=push.public_key if push else "",
        texts="sms" in notifications.open_gateways(desk.settings),
        text_words=words if preference.mobile else NO_NUMBER,
    )

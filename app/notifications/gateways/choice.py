"""Which ways out this installation has, from its settings."""

from app.config import Settings
from app.notifications.gateways.console import Console
from app.notifications.gateways.gateway import Gateway
from app.notifications.gateways.notify import Notify
from app.notifications.gateways.smtp import Server, Smtp
from app.notifications.kinds import Medium

MEDIA: tuple[Medium, ...] = ("email", "sms")


def open_gateways(settings: Settings) -> dict[Medium, Gateway]:
    """By medium; none for one that nothing is set for, whose messages then stay queued.

    E-mail goes by SMTP where there is both: it carries invitations, which Notify does not. In demo
    mode what is not set goes nowhere. Raises ValueError for settings that make no sense.
    """
    gateways: dict[Medium, Gateway] = {}
    if settings.shows_demo:
        gateways = dict.fromkeys(MEDIA, Console())
    if settings.notify_api_key:
        templates: dict[Medium, str] = {
            "sms": settings.notify_sms_template,
            "email": settings.notify_email_template,
        }
        given = {medium: template for medium, template in templates.items() if template}
        notify = Notify(settings.notify_api_key, settings.notify_url, given)
        gateways |= dict.fromkeys(given, notify)
    if settings.smtp_url:
        server = Server.parse(settings.smtp_url.get_secret_value())
        gateways["email"] = Smtp(server, settings.mail_sender)
    return gateways

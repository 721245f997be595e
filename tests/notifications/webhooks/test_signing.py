"""Signatures are those of Standard Webhooks: its own example verifies."""

import base64
from datetime import UTC, datetime

from app.notifications.webhooks import signing

# The example of the specification's reference libraries.
KEY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = "1614265330"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_the_specification_is_signed_alike() -> None:
    assert signing.sign(KEY, MESSAGE, TIMESTAMP, BODY) == SIGNATURE


def test_each_key_signs_while_a_secret_is_being_changed() -> None:
    now = datetime.fromtimestamp(int(TIMESTAMP), UTC)

    sent = signing.headers([KEY, b"other"], MESSAGE, BODY, now=now)

    assert sent["webhook-id"] == MESSAGE
    assert sent["webhook-timestamp"] == TIMESTAMP
    assert sent["webhook-signature"].split(" ")[0] == SIGNATURE
    assert len(sent["webhook-signature"].split(" ")) == 2


def test_a_secret_is_shown_as_receivers_take_it() -> None:
    assert signing.shown(KEY) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

import pytest

from app.signalling.messages import Join, Ping
from app.signalling.parsing import Refused, parse


def test_a_frame_becomes_its_message() -> None:
    assert parse('{"type":"join"}') == Join()
    assert parse(' {"at": 3, "type": "ping"}\n') == Ping(at=3)


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("{", "bad_json", "This is not JSON."),
        ('{"type":"shout"}', "unknown_type", "There is no message of this type."),
        ('{"type":"ping","at":"x"}', "invalid_message", "at: this is not allowed here."),
        ('{"type":"join","secret":1}', "invalid_message", "A field: this is not allowed here."),
        (
            '{"type":"publish","tracks":[{"mid":"","source":"camera"}],"offer":{"id":1,"sdp":"v"}}',
            "invalid_message",
            "tracks.0.mid: this is not allowed here.",
        ),
    ],
)
def test_a_refusal_names_our_own_field_and_nothing_of_the_sender(
    text: str, code: str, detail: str
) -> None:
    with pytest.raises(Refused) as refusal:
        parse(text)

    assert (refusal.value.code, refusal.value.detail) == (code, detail)

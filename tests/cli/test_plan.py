"""What a node runs, worked out from its settings."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.cli import plan
from app.cli.certificate import CertificateFiles
from app.cli.plan import Plan, media_addresses, public_url, room_sockets, serves_tls
from app.config import Settings

DATABASE = SecretStr("postgresql+asyncpg://owner:secret@db/openconsult")


def planned(tmp_path: Path, *, tls: CertificateFiles | None = None, **changes: object) -> Plan:
    settings = Settings(data_dir=tmp_path, room_servers=2)
    settings = settings.model_copy(update={"database_url": DATABASE, **changes})
    return Plan(settings, listener_fd=7, gate_fd=8, room_sockets=room_sockets(settings), tls=tls)


def test_web_processes_come_first_as_they_are_stopped_first(tmp_path: Path) -> None:
    names = [child.name for child in planned(tmp_path, web_processes=2).children]

    assert names == ["web 1", "web 2", "room server 1", "room server 2"]


def test_only_web_processes_are_given_the_sockets_and_the_database(tmp_path: Path) -> None:
    web, *rooms = planned(tmp_path).children

    assert web.pass_fds == (7, 8)
    assert web.environment["DATABASE_URL"] == DATABASE.get_secret_value()
    for room in rooms:
        assert room.pass_fds == ()
        assert "secret" not in "".join(room.environment.values())


def test_each_room_server_has_its_own_media_port_and_socket(tmp_path: Path) -> None:
    web, *rooms = planned(tmp_path, media_port=5000).children
    sockets = json.loads(web.environment["OPENCONSULT_ROOM_SOCKETS"])

    for number, room in enumerate(rooms):
        words = list(room.command)
        assert words[words.index("--media-port") + 1] == str(5000 + number)
        assert words[words.index("--socket") + 1] == sockets[number]


def test_each_room_server_announces_its_own_port_where_ports_are_given(tmp_path: Path) -> None:
    announced = ("203.0.113.5", "203.0.113.6:443", "[2001:db8::1]:3478")

    _, *rooms = planned(tmp_path, media_port=5000, media_announced=announced).children

    found = [
        [words[place + 1] for place, word in enumerate(words) if word == "--announce"]
        for words in (room.command for room in rooms)
    ]
    assert found == [
        ["203.0.113.5", "203.0.113.6:443", "[2001:db8::1]:3478"],
        ["203.0.113.5", "203.0.113.6:444", "[2001:db8::1]:3479"],
    ]


def test_time_zones_come_from_the_pinned_wheel(tmp_path: Path) -> None:
    assert all(child.environment["PYTHONTZPATH"] == "" for child in planned(tmp_path).children)


def test_the_certificate_goes_to_the_web_process(tmp_path: Path) -> None:
    files = CertificateFiles(tmp_path / "c.pem", tmp_path / "k.pem")

    web = planned(tmp_path, tls=files).children[0]

    assert web.command[-3:] == ("--tls", str(files.certificate), str(files.key))


def test_room_sockets_are_for_their_owner_alone(tmp_path: Path) -> None:
    first = room_sockets(Settings(data_dir=tmp_path))[0]

    assert first.parent.stat().st_mode & 0o777 == 0o700


def test_a_long_path_still_gets_sockets_that_fit(tmp_path: Path) -> None:
    sockets = room_sockets(Settings(data_dir=tmp_path / ("d" * 100)))

    assert all(len(str(path)) <= plan.MAX_SOCKET_PATH_BYTES for path in sockets)


@pytest.mark.parametrize(
    ("host", "tls", "expected"),
    [("127.0.0.1", "auto", False), ("0.0.0.0", "auto", True), ("0.0.0.0", "off", False)],
)
def test_https_is_for_where_others_reach_us(host: str, tls: str, *, expected: bool) -> None:
    assert serves_tls(Settings().model_copy(update={"host": host, "tls": tls})) is expected


def test_media_follows_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "own_addresses", lambda: ["192.0.2.7", "192.0.2.8", "2001:db8::1"])

    assert media_addresses(Settings()) == ("127.0.0.1", ())
    assert media_addresses(Settings(host="192.0.2.7")) == ("192.0.2.7", ())
    assert media_addresses(Settings(host="0.0.0.0")) == ("0.0.0.0", ("192.0.2.7",))


def test_what_is_announced_by_hand_is_kept() -> None:
    settings = Settings(host="0.0.0.0", media_announced=("203.0.113.5",))

    assert media_addresses(settings) == ("0.0.0.0", ("203.0.113.5",))


def test_links_point_to_what_a_phone_can_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "own_addresses", lambda: ["192.0.2.7"])

    assert public_url(Settings(host="0.0.0.0", port=8443)) == "https://192.0.2.7:8443"
    assert public_url(Settings(port=8000)) == "http://127.0.0.1:8000"
    assert public_url(Settings(host="0.0.0.0", public_url="https://a.example/")) == (
        "https://a.example"
    )

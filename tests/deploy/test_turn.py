"""coturn's configuration: as it is written, and as Debian's coturn understands it."""

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.relays import CREDENTIAL_LIFETIME, Credentials, Relays
from deploy import turn
from tests.links.coturn import PORT, SECRET, coturn
from tests.links.network import ROOT, SITE, Network, network
from tests.links.shape import Profile, Shape

QUOTA = 3
PLAIN = Profile(Shape(), Shape(), "nothing in the way")
GIVEN = turn.Site((SECRET,), "turn.example.org", "192.0.2.1", ("192.0.2.7",))
RELAYS = Relays([f"turn:{SITE}:{PORT}"], SECRET.encode())


def lines(site: turn.Site) -> list[str]:
    return turn.render(site).splitlines()


def test_a_second_secret_stands_beside_the_first_while_it_is_changed() -> None:
    both = lines(replace(GIVEN, secrets=("a" * 32, "b" * 32)))

    assert [line for line in both if line.startswith("static-auth-secret=")] == [
        f"static-auth-secret={'a' * 32}",
        f"static-auth-secret={'b' * 32}",
    ]


def test_tls_listens_where_there_is_a_certificate() -> None:
    assert "no-tls" in lines(GIVEN)
    assert {"tls-listening-port=443", "cert=/c.pem", "pkey=/k.pem"} < set(
        lines(replace(GIVEN, certificate="/c.pem", key="/k.pem"))
    )


@pytest.mark.parametrize(
    "unfit",
    [
        {"secrets": ()},
        {"secrets": ("short",)},
        {"secrets": ("x" * 40 + "\nno-auth",)},
        {"secrets": ("x" * 20 + "#" + "x" * 20,)},
        {"allowed": ()},
        {"allowed": ("0.0.0.0-255.255.255.255",)},
        {"listening": "here"},
        {"certificate": "/c.pem"},
    ],
    ids=lambda unfit: "-".join(f"{key} {str(value)[:12]!r}" for key, value in unfit.items()),
)
def test_what_does_not_fit_is_refused(unfit: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"secret|needed|go together|IPv4"):
        turn.render(replace(GIVEN, **unfit))  # type: ignore[arg-type]


def test_the_file_is_its_owners_and_a_bad_secret_leaves_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, output = tmp_path / "secret", tmp_path / "turnserver.conf"
    given = ["--secret-file", str(secret), "--realm", "r", "--listening", "192.0.2.1",
             "--media", "192.0.2.7", str(output)]  # fmt: skip

    secret.write_text("short", "ascii")
    assert turn.main(given) == 1
    assert "32 or more" in capsys.readouterr().err
    assert not output.exists()

    secret.write_text(SECRET, "ascii")
    assert turn.main(given) == 0
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


@pytest.fixture(scope="module")
def links() -> Iterator[Network]:
    with network() as opened:
        opened.connect("crew", PLAIN)
        yield opened


@pytest.fixture(scope="module", autouse=True)
def log(links: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with coturn(links, tmp_path_factory.mktemp("coturn"), user_quota=QUOTA) as log:
        yield log


def test_coturn_understands_every_line(log: Path) -> None:
    """It goes on past what it does not know: a misspelt restriction would restrict nothing."""
    said = log.read_text("utf-8", "replace")

    assert f"White listing: {SITE}" in said
    assert "Bad configuration format" not in said


def credentials(person: str, *, issued: datetime | None = None) -> Credentials:
    found = RELAYS.credentials(person, "encounter", issued or datetime.now(UTC))
    assert found
    return found


def ask(
    links: Network, given: Credentials, *, peer: str = SITE, count: int = 1
) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.links.turn_client", SITE, str(PORT)]
    client = links.command("crew", *command, given.username, given.password, peer, str(count))
    done = subprocess.run(client, capture_output=True, text=True, check=True, cwd=ROOT)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_our_credentials_open_a_way_to_the_media_address(links: Network) -> None:
    assert ask(links, credentials("ann")) == {"allocations": ["allocated"], "peer": "bound"}


def test_expired_and_forged_credentials_open_none(links: Network) -> None:
    lately = datetime.now(UTC) - CREDENTIAL_LIFETIME - timedelta(seconds=2)
    expired = credentials("ben", issued=lately)
    forged = replace(credentials("ben"), username=f"9999999999:{'0' * 20}")

    for given in (expired, forged):
        assert ask(links, given) == {"allocations": [401], "peer": None}


@pytest.mark.parametrize(
    "peer",
    [
        "10.0.0.1",
        "10.213.0.2",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_private_and_special_peers_are_denied(links: Network, peer: str) -> None:
    """RFC 8656 §9.2: 403, and for what is no host at all 403 too."""
    answer = ask(links, credentials(f"crew for {peer}"), peer=peer)

    assert answer == {"allocations": ["allocated"], "peer": 403}


def test_one_person_has_so_many_allocations_and_another_their_own(links: Network) -> None:
    """RFC 8656 §7.2: 486. Another hour's name of the same person counts with the first."""
    sooner = credentials("cat", issued=datetime.now(UTC) - timedelta(minutes=5))

    first = ask(links, sooner, count=QUOTA + 1)
    again = ask(links, credentials("cat"))

    assert first["allocations"] == ["allocated"] * QUOTA + [486]
    assert again["allocations"] == [486]
    assert ask(links, credentials("dan"))["allocations"] == ["allocated"]

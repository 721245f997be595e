"""The keys of organisations, renewed and ended at the terminal."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main
from app.cli.keys import NotConfirmed, erase_key, renew_keys
from app.cli.people import Newcomer, UnknownOrganization, create_user
from app.cli.reach import on_database, organization_id_of
from app.config import Settings
from app.database import Database
from app.documents.keys import opening_of, sealing_of
from app.errors import KeyErased, Unavailable
from app.identity import Actor
from app.sealing import open_sealing

pytestmark = pytest.mark.database

ODS = "A12345"
With = Callable[..., Settings]


@pytest.fixture
def having(database_url: str, tmp_path: Path) -> With:
    """Settings with key files that hold these, the present one first; one organisation is there."""

    def with_keys(*keys: bytes) -> Settings:
        paths = [tmp_path / key.hex()[:2] for key in keys]
        for path, key in zip(paths, keys, strict=True):
            path.write_bytes(base64.b64encode(key))
        return Settings.model_validate(
            {
                "DATABASE_URL": database_url,
                "sealing_key_file": paths[0],
                "earlier_sealing_key_files": paths[1:],
            }
        )

    priya = Newcomer(
        "priya.nair", "Priya", "Nair", "administrator", ODS, organization_name="Hillside Surgery"
    )
    create_user(with_keys(b"o" * 32), priya, "four unrelated words together")
    return with_keys


def sealed(settings: Settings) -> bytes:
    """Something under the organisation's key."""

    async def seal(database: Database) -> bytes:
        house = await organization_id_of(database, ODS)
        assert house
        async with database.transaction(Actor(house)) as session:
            return (await sealing_of(session, open_sealing(settings), house)).seal(b"secret", "a")

    return on_database(settings, seal)


def opened(settings: Settings, value: bytes) -> bytes:
    async def open_it(database: Database) -> bytes:
        house = await organization_id_of(database, ODS)
        assert house
        async with database.transaction(Actor(house)) as session:
            return (await opening_of(session, open_sealing(settings), house)).unseal(value, "a")

    return on_database(settings, open_it)


def test_after_renewing_the_earlier_key_may_go(having: With) -> None:
    old, both, new = having(b"o" * 32), having(b"n" * 32, b"o" * 32), having(b"n" * 32)
    value = sealed(old)

    done = renew_keys(both)

    assert (done.keys, done.wrapped, done.left) == (1, 0, [])
    assert done.complaint == ""
    assert opened(new, value) == b"secret"
    with pytest.raises(Unavailable):
        opened(old, value)


def test_a_missing_earlier_key_is_said_and_nothing_lost(
    having: With, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = having(b"o" * 32), having(b"n" * 32)
    value = sealed(old)
    assert old.database_url is not None
    assert new.sealing_key_file is not None
    monkeypatch.setenv("DATABASE_URL", old.database_url.get_secret_value())
    monkeypatch.setenv("OPENCONSULT_SEALING_KEY_FILE", str(new.sealing_key_file))

    status = main(["renew-keys"])

    said = capsys.readouterr()
    assert status == 2
    assert "sealed anew: 0" in said.out
    assert ODS in said.err
    assert "OPENCONSULT_EARLIER_SEALING_KEY_FILES" in said.err
    assert opened(old, value) == b"secret"


def test_erasing_ends_what_the_key_sealed(having: With) -> None:
    settings = having(b"o" * 32)
    value = sealed(settings)

    erase_key(settings, ODS, "a12345")

    with pytest.raises(KeyErased):
        opened(settings, value)
    done = renew_keys(settings)
    assert (done.keys, done.left) == (0, [])


def test_erasing_asks_twice(having: With) -> None:
    settings = having(b"o" * 32)
    value = sealed(settings)

    with pytest.raises(NotConfirmed, match="nothing is erased"):
        erase_key(settings, ODS, "yes")

    assert opened(settings, value) == b"secret"


def test_there_is_nothing_to_erase_of_nobody(having: With) -> None:
    with pytest.raises(UnknownOrganization, match="R9999"):
        erase_key(having(b"o" * 32), "R9999", "R9999")


def test_an_unfit_key_file_is_one_line(
    having: With, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = having(b"o" * 32)
    assert settings.database_url is not None
    assert settings.sealing_key_file is not None
    settings.sealing_key_file.write_text("short")
    monkeypatch.setenv("DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("OPENCONSULT_SEALING_KEY_FILE", str(settings.sealing_key_file))

    assert main(["renew-keys"]) == 2
    assert capsys.readouterr().err.count("\n") == 1

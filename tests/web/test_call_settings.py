"""The page of an organisation's call settings: shown, saved, refused."""

from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from app import directory
from app.database import Database
from app.models import Organization
from tests.clinic import Clinic, open_clinic
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/call-settings"
FORM = {"direct_calls": "yes", "relay_only": "no", "dictation": "on-device", "version": "1"}


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
def app(clinic: Clinic, database_url: str) -> FastAPI:
    administrator = replace(clinic.scheduler, roles=frozenset({"administrator"}))
    return service(database_url, People(office=administrator, desk=clinic.scheduler))


@pytest.fixture
async def office(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(app, "office") as opened:
        opened.headers["Accept"] = "text/html"
        yield opened


async def settings(clinic: Clinic) -> Organization:
    async with clinic.database.transaction(clinic.actor) as session:
        return await directory.find_organization(session, clinic.organization_id)


class Choices(HTMLParser):
    """The radios of a page that are chosen, as name=value."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.chosen: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "radio" and "checked" in given:
            self.chosen.add(f"{given['name']}={given['value']}")


def chosen(page: httpx2.Response) -> set[str]:
    return Choices(page.text).chosen


async def test_what_holds_is_shown_and_what_is_chosen_is_saved(
    office: httpx2.AsyncClient, clinic: Clinic
) -> None:
    before = await office.get(PATH)

    saved = await office.post(PATH, data=FORM)

    after = await office.get(saved.headers["Location"])
    now = await settings(clinic)
    assert chosen(before) == {"direct_calls=no", "relay_only=no", "dictation=off"}
    assert saved.status_code == 303
    assert "It holds from the next call and the next form on" in after.text
    assert chosen(after) == {"direct_calls=yes", "relay_only=no", "dictation=on-device"}
    assert (now.direct_calls, now.relay_only, now.dictation) == (True, False, "on-device")
    assert now.version == 2


@pytest.mark.parametrize("field", ["direct_calls", "relay_only", "dictation"])
@pytest.mark.parametrize("typed", [None, "perhaps"])
async def test_what_is_no_choice_is_said_at_its_field(
    office: httpx2.AsyncClient, clinic: Clinic, field: str, typed: str | None
) -> None:
    form = {name: value for name, value in FORM.items() if name != field}

    page = await office.post(PATH, data=form | ({field: typed} if typed else {}))

    assert page.status_code == 422
    assert page.text.count("Choose one of these") == 2  # in the summary, and at the field
    assert f'href="#{field}"' in page.text
    assert len(chosen(page)) == 2
    assert (await settings(clinic)).version == 1


async def test_who_was_second_sees_the_first_ones_settings(
    office: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await office.post(PATH, data=FORM)

    page = await office.post(PATH, data=FORM | {"dictation": "any", "direct_calls": "no"})

    assert page.status_code == 412
    assert "Somebody else has just changed the settings" in page.text
    assert chosen(page) == {"direct_calls=yes", "relay_only=no", "dictation=on-device"}
    assert 'name="version" value="2"' in page.text
    assert (await settings(clinic)).dictation == "on-device"


async def test_without_a_relay_server_it_is_said_that_nobody_could_call(
    office: httpx2.AsyncClient,
) -> None:
    before = await office.get(PATH)
    await office.post(PATH, data=FORM | {"relay_only": "yes"})

    after = await office.get(PATH)

    assert "None is set up here" in before.text
    assert "Nobody can call until a relay server is set up" in before.text
    assert "Your calls must use a relay server, and none is set up" not in before.text
    assert "Your calls must use a relay server, and none is set up" in after.text


async def test_with_a_relay_server_nothing_of_that_is_said(
    app: FastAPI, office: httpx2.AsyncClient, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s" * 32)
    app.state.settings = app.state.settings.model_copy(
        update={"turn_urls": ("turn:turn.example.org",), "turn_secret_file": secret}
    )

    await office.post(PATH, data=FORM | {"relay_only": "yes"})
    page = await office.get(PATH)

    assert "One is set up here" in page.text
    assert "Nobody can call until" not in page.text
    assert "none is set up" not in page.text


async def test_the_settings_are_the_administrators(office: httpx2.AsyncClient) -> None:
    for answer in (
        await office.get(PATH, headers={ACTING: "desk"}),
        await office.post(PATH, headers={ACTING: "desk"}, data=FORM),
    ):
        assert answer.status_code == 403

"""A case's pictures as the two sides' pages list them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest

from app import documents
from app.database import Database
from app.models import Document
from app.web.documents import pictures_of
from tests.documents.files import SEALING, kept_picture
from tests.referrals.world import NOON, Region, region
from tests.routers.service import ACTING, People, client, service

TAKEN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def row(**more: object) -> Document:
    return Document(
        **{
            "id": uuid4(),
            "kind": "still",
            "source": "camera",
            "caption": "",
            "place": "",
            "recorded_by_name": "Kim Reed",
            "taken_at": TAKEN,
            "pages": 1,
            "status": "current",
            "status_reason": "",
            "status_by_name": "",
            "erased_at": None,
            **more,
        }
    )


@pytest.mark.parametrize(
    ("more", "title", "about"),
    [
        ({}, "Photo", "Kim Reed"),
        ({"kind": "ecg", "caption": "On arrival"}, "12-lead ECG: On arrival", "Kim Reed"),
        ({"place": "A38"}, "Photo", "Kim Reed, A38"),
        ({"latitude": 53.8, "longitude": -1.55}, "Photo", "Kim Reed, 53.8000° N, 1.5500° W"),
        ({"source": "stream"}, "Photo", "Kim Reed, kept from the video"),
    ],
)
def test_a_line_says_what_it_is_and_who_took_it(
    more: dict[str, object], title: str, about: str
) -> None:
    (picture,) = pictures_of([row(**more)])

    assert (picture.title, picture.about, picture.can_open) == (title, about, True)


def test_what_was_taken_back_says_why_and_does_not_open() -> None:
    mistake = row(
        status="entered-in-error", status_reason="Wrong patient", status_by_name="Dr Shah"
    )
    (picture,) = pictures_of([mistake])

    assert not picture.can_open
    assert picture.closed_words == "Entered in error, says Dr Shah: Wrong patient"


@pytest.mark.parametrize("more", [{"erased_at": TAKEN + timedelta(days=1)}, {"pages": 0}])
def test_what_is_gone_or_is_a_clip_does_not_open(more: dict[str, object]) -> None:
    (picture,) = pictures_of([row(**more)])

    assert not picture.can_open


@pytest.fixture
async def world(database: Database) -> Region:
    return await region(database)


@pytest.mark.anyio
@pytest.mark.database
async def test_both_sides_are_given_the_list_and_others_are_not(
    database_url: str, world: Region
) -> None:
    request_id = await world.ask()
    async with world.acting(world.crew) as session:
        kept = await kept_picture(session, request_id)
        await documents.mark_entered_in_error(
            session, (await kept_picture(session, request_id, sealing=SEALING)).id, "Blurred"
        )
    app = service(database_url, People(crew=world.crew, specialist=world.shah), now=NOON)

    async with client(app, "crew") as http:
        address = f"/fragments/urgent/{request_id}/documents"
        for who in ("crew", "specialist"):
            shown = await http.get(address, headers={ACTING: who})
            assert shown.text.count(f'data-open-document="{kept.id}"') == 1
            assert shown.text.count("data-open-document") == 1
            assert "Blurred" in shown.text
        missing: httpx2.Response = await http.get(f"/fragments/urgent/{uuid4()}/documents")
        assert missing.status_code == 404

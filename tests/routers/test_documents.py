"""Documents over HTTP: raw bytes in, pictures out, and nothing that a browser would run."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

from app.database import Database
from app.documents.keys import erase_key
from app.identity import Actor
from app.models import Organization
from tests.documents.files import jpeg, pdf
from tests.encounters.world import NOON, planned, practice
from tests.referrals.world import region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
CREW, SPECIALIST = {ACTING: "crew"}, {ACTING: "specialist"}


@pytest.fixture
async def http(database: Database, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The crew, by default, at its own request's address; the specialist by header."""
    world = await region(database)
    request_id = await world.ask()
    app = service(database_url, People(crew=world.crew, specialist=world.shah), now=NOON)
    async with client(app, "crew") as opened:
        opened.base_url = httpx2.URL("http://localhost/api/v1/")
        opened.headers["X-Request"] = f"service-requests/{request_id}/documents"
        yield opened


def about(**more: str) -> dict[str, str]:
    return {"kind": "still", "id": str(uuid4()), "taken_at": NOON.isoformat(), **more}


async def send(
    http: httpx2.AsyncClient, content: bytes | None = None, **more: str
) -> httpx2.Response:
    content = jpeg() if content is None else content
    return await http.post(http.headers["X-Request"], params=about(**more), content=content)


async def test_a_still_is_seen_by_both_sides_at_once(http: httpx2.AsyncClient) -> None:
    kept = await send(http, source="camera", latitude="52.4", longitude="-1.9")
    listed = await http.get(http.headers["X-Request"], headers=SPECIALIST)

    assert kept.status_code == 201
    assert kept.headers["ETag"] == '"1"'
    assert listed.json()["items"] == [kept.json()]
    assert kept.json()["media_type"] == "image/jpeg"


async def test_the_same_upload_again_is_the_same_document(http: httpx2.AsyncClient) -> None:
    own = str(uuid4())

    answers = [await send(http, id=own) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert (await send(http, jpeg(20, 20), id=own)).status_code == 409


async def test_without_its_owners_key_a_document_is_gone_for_both_sides(
    http: httpx2.AsyncClient, database: Database
) -> None:
    kept = (await send(http)).json()
    async with database.transaction() as session:
        owner = await session.scalar(
            select(Organization.id).where(Organization.kind == "ambulance")
        )
    async with database.transaction(Actor(owner)) as session:
        await erase_key(session, now=NOON)

    answers = [
        await http.get(f"documents/{kept['id']}/pages/1", headers=SPECIALIST),
        await http.get(f"documents/{kept['id']}/original"),
        await send(http, jpeg(20, 20)),
    ]

    assert [answer.status_code for answer in answers] == [410] * 3
    assert {answer.json()["type"] for answer in answers} == {"/problems/key-erased"}
    assert (await http.get(f"documents/{kept['id']}")).json() == kept


async def test_an_ecg_as_a_pdf_is_shown_as_pictures(http: httpx2.AsyncClient) -> None:
    kept = (await send(http, pdf(2), kind="ecg")).json()

    shown = await http.get(f"documents/{kept['id']}/pages/2", headers=SPECIALIST)
    missing = await http.get(f"documents/{kept['id']}/pages/3", headers=SPECIALIST)

    assert (kept["pages"], kept["media_type"]) == (2, "application/pdf")
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.content.startswith(b"\x89PNG")
    assert missing.status_code == 404


async def test_the_file_as_it_came_is_kept_rather_than_opened(http: httpx2.AsyncClient) -> None:
    content = pdf()
    kept = (await send(http, content, kind="ecg")).json()

    original = await http.get(f"documents/{kept['id']}/original")

    assert original.content == content
    assert original.headers["Content-Type"] == "application/octet-stream"
    assert original.headers["Content-Disposition"] == (
        'attachment; filename="ecg-20261120-120000.pdf"'
    )
    assert original.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in original.headers["Content-Security-Policy"]
    assert "no-store" in original.headers["Cache-Control"]


async def test_a_clip_plays_whole_or_in_part_and_nothing_else_does(
    http: httpx2.AsyncClient,
) -> None:
    content = b"\x1a\x45\xdf\xa3 a clip"
    clip = (await send(http, content, kind="clip")).json()["id"]
    photo = (await send(http)).json()["id"]

    whole = await http.get(f"documents/{clip}/clip", headers=SPECIALIST)
    part = await http.get(f"documents/{clip}/clip", headers={"Range": "bytes=4-"})
    not_a_clip = await http.get(f"documents/{photo}/clip")

    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["Content-Type"] == "video/webm"
    assert (part.status_code, part.content) == (206, b" a clip")
    assert part.headers["Content-Range"] == f"bytes 4-{len(content) - 1}/{len(content)}"
    assert not_a_clip.status_code == 404


async def test_what_is_shown_tells_nothing_of_where_it_was_taken(http: httpx2.AsyncClient) -> None:
    kept = (await send(http)).json()

    for part in ("thumbnail", "pages/1"):
        shown = await http.get(f"documents/{kept['id']}/{part}")
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert b"Exif" not in shown.content


@pytest.mark.parametrize(
    ("content", "more", "field"),
    [
        (b"<html><script>alert(1)</script>", {}, "body"),
        (b"", {}, "body"),
        (None, {"kind": "selfie"}, "kind"),
        (None, {"taken_at": "2026-11-20T12:00:00"}, "taken_at"),
        (None, {"id": "1"}, "id"),
        (None, {"latitude": "91", "longitude": "0"}, "latitude"),
        (None, {"pulse": "1"}, "pulse"),
    ],
)
async def test_what_is_wrong_is_named(
    http: httpx2.AsyncClient, content: bytes | None, more: dict[str, str], field: str
) -> None:
    refused = await send(http, content, **more)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == field


async def test_more_than_20_mb_are_refused(http: httpx2.AsyncClient) -> None:
    refused = await send(http, b"\xff" * (20 * 1024 * 1024 + 1))

    assert refused.status_code == 422
    assert "20 MiB" in refused.json()["detail"]


async def test_a_mistake_is_marked_with_its_reason(http: httpx2.AsyncClient) -> None:
    kept = (await send(http)).json()

    marked = await http.post(
        f"documents/{kept['id']}/entered-in-error", json={"reason": "Wrong patient"}
    )
    nothing = await http.post(f"documents/{kept['id']}/entered-in-error", json={"reason": " "})

    assert (marked.json()["status"], marked.headers["ETag"]) == ("entered-in-error", '"2"')
    assert (await http.get(f"documents/{kept['id']}")).json() == marked.json()
    assert nothing.status_code == 422


async def test_marks_are_drawn_and_cleared(http: httpx2.AsyncClient) -> None:
    kept = (await send(http)).json()
    mark = {"id": str(uuid4()), "shape": {"kind": "line", "points": [[0.1, 0.2], [0.3, 0.4]]}}

    drawn = await http.post(f"documents/{kept['id']}/marks", json=mark, headers=SPECIALIST)
    cleared = await http.post(f"documents/{kept['id']}/marks/{mark['id']}/cleared")

    assert (drawn.status_code, drawn.json()["drawn_by_name"]) == (201, "Nina Shah")
    assert cleared.json()["cleared_by_name"] == "Kim Reed"
    assert (await http.get(f"documents/{kept['id']}/marks")).json()["items"] == [cleared.json()]


async def test_a_doctor_adds_a_photo_to_a_consultation(
    database: Database, database_url: str
) -> None:
    house = await practice(database)
    visit = await planned(house)
    app = service(database_url, People(doctor=house.staff()), now=NOON)
    async with client(app, "doctor") as opened:
        place = f"/api/v1/encounters/{visit.encounter_id}/documents"
        kept = await opened.post(place, params=about(kind="photo"), content=jpeg())
        listed = await opened.get(place)

    assert kept.status_code == 201
    assert listed.json()["items"] == [kept.json()]

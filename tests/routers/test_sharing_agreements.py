"""Sharing agreements over HTTP: the owner writes, the partner reads, nobody else sees them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import httpx2
import pytest

from tests.clinic import Clinic, open_clinic
from tests.routers.bodies import key
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/sharing-agreements"


@pytest.fixture
async def partner(clinic: Clinic) -> Clinic:
    return await open_clinic(clinic.database)


@pytest.fixture
async def http(
    clinic: Clinic, partner: Clinic, clinic_url: str
) -> AsyncIterator[httpx2.AsyncClient]:
    third = await open_clinic(clinic.database)

    def office(house: Clinic) -> object:
        return replace(house.scheduler, roles=frozenset({"administrator"}))

    people = People(
        owner=office(clinic),  # type: ignore[arg-type]
        partner=office(partner),  # type: ignore[arg-type]
        third=office(third),  # type: ignore[arg-type]
        desk=clinic.scheduler,
    )
    async with client(service(clinic_url, people), "owner") as opened:
        yield opened


async def offer(http: httpx2.AsyncClient, partner: Clinic, **more: object) -> httpx2.Response:
    body = {"partner_organization_id": str(partner.organization_id), **more}
    return await http.post(PATH, json=body, headers=key())


async def test_both_see_when_it_ends_and_a_third_sees_nothing(
    http: httpx2.AsyncClient, partner: Clinic
) -> None:
    offered = await offer(http, partner, valid_to="2027-01-01T00:00:00Z")
    where = offered.headers["location"]

    seen = {
        who: (await http.get(where, headers={ACTING: who})).status_code
        for who in ("owner", "partner", "third", "desk")
    }
    listed = await http.get(PATH, headers={ACTING: "partner"})
    strangers = await http.get(PATH, headers={ACTING: "third"})

    assert seen == {"owner": 200, "partner": 200, "third": 404, "desk": 200}
    assert listed.json()["items"] == [offered.json()]
    assert listed.json()["items"][0]["valid_to"] == "2027-01-01T00:00:00Z"
    assert strangers.json()["items"] == []


async def test_only_the_owner_changes_and_ends_it_by_version(
    http: httpx2.AsyncClient, partner: Clinic
) -> None:
    offered = await offer(http, partner)
    where, first = offered.headers["location"], {"If-Match": offered.headers["etag"]}
    body = {"valid_to": "2027-01-01T00:00:00Z"}

    by_partner = await http.patch(where, json=body, headers={**first, ACTING: "partner"})
    by_desk = await http.patch(where, json=body, headers={**first, ACTING: "desk"})
    blind = await http.patch(where, json=body)
    changed = await http.patch(where, json=body, headers=first)
    stale = await http.post(f"{where}/end", headers=key() | first)
    ended = await http.post(f"{where}/end", headers=key() | {"If-Match": changed.headers["etag"]})

    assert (by_partner.status_code, by_desk.status_code) == (404, 403)
    assert (blind.status_code, stale.status_code) == (428, 412)
    assert (changed.status_code, ended.status_code) == (200, 200)
    assert ended.json()["valid_to"] == "2026-11-20T08:00:00Z"


async def test_what_makes_no_sense_is_refused(
    http: httpx2.AsyncClient, clinic: Clinic, partner: Clinic
) -> None:
    await offer(http, partner)

    again = await offer(http, partner)
    unknown = await http.post(PATH, json={"partner_organization_id": str(uuid4())}, headers=key())
    own = await http.post(
        PATH, json={"partner_organization_id": str(clinic.organization_id)}, headers=key()
    )
    theirs = await offer(http, partner, service_id=str(partner.service_id))
    reversed_ = await offer(
        http,
        partner,
        service_id=str(clinic.service_id),
        valid_from="2027-01-01T00:00:00Z",
        valid_to="2026-12-01T00:00:00Z",
    )

    assert again.status_code == 409
    assert (unknown.status_code, theirs.status_code) == (404, 404)
    assert own.json()["errors"][0]["field"] == "partner_organization_id"
    assert reversed_.json()["errors"][0]["field"] == "valid_to"

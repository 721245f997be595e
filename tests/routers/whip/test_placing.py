"""Which consultation a device is in: one at a time, and its own vehicle's."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from app.models import Organization
from app.signalling.messages import Connection
from app.signalling.whip.streams import MOST
from tests.routers.whip.live import FINGERPRINT, OFFER, WATCHING, Live, recorded
from tests.routers.whip.service import SDP, Streaming, Vehicle
from tests.signalling.media.peer import offer

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_a_session_address_is_final(live: Live) -> None:
    """§4.5: it needs no redirection, and is of this very host."""
    assert not urlsplit(live.path).netloc


async def test_a_new_session_takes_the_place_of_the_one_before(
    service: Streaming, vehicle: Vehicle
) -> None:
    """§4.2 leaves it open: an encoder that was switched off and on must not wait for 30 s."""
    first = Live(service, vehicle.encoder, await service.publish(vehicle, OFFER))
    second = Live(
        service,
        vehicle.encoder,
        await service.publish(vehicle, OFFER.replace("o=- 1 ", "o=- 7 ")),
    )

    assert not await first.lives()
    assert await second.lives()


async def test_an_offer_that_is_refused_replaces_nothing(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """§4.4.3: nothing is done in part."""
    refused = await service.publish(vehicle, offer(FINGERPRINT, "recvonly"))

    assert refused.status_code == 422
    assert await live.lives()


@pytest.mark.parametrize("kind", ["publish", "subscribe"])
async def test_when_there_is_no_place_a_device_is_to_try_again(
    service: Streaming,
    vehicle: Vehicle,
    monkeypatch: pytest.MonkeyPatch,
    kind: Connection,
) -> None:
    """§4.5 and draft-ietf-wish-whep-03 §4.6: 503 with Retry-After under high load."""
    monkeypatch.setitem(MOST, kind, 0)
    sent = (service.publish, OFFER) if kind == "publish" else (service.watch, WATCHING)
    before = service.connections

    refused = await sent[0](vehicle, sent[1])

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    assert refused.json()["type"].endswith("too-many-devices")
    assert service.connections == before


async def test_a_device_that_comes_again_has_its_place(
    service: Streaming, live: Live, vehicle: Vehicle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§4.5: the limit is on load, and this is none."""
    monkeypatch.setitem(MOST, "publish", 0)

    again = await service.publish(vehicle, OFFER.replace("o=- 1 ", "o=- 7 "))

    assert again.status_code == 201
    assert not await live.lives()


async def test_without_a_consultation_there_is_nothing_to_publish_into(service: Streaming) -> None:
    """409 with Retry-After, as draft-ietf-wish-whep-03 §4.2.8 has it for those too early."""
    device = await service.device("encoder", "Camera of nobody", "Z99")

    before = await service.ask_http("POST", "/api/v1/whip", device, OFFER, SDP)
    await service.ask("Z99")
    ringing = await service.ask_http("POST", "/api/v1/whip", device, OFFER, SDP)

    assert (before.status_code, ringing.status_code) == (409, 409)
    assert before.headers["Retry-After"] == "5"


async def test_with_two_requests_nobody_guesses_and_the_address_names_one(
    service: Streaming, vehicle: Vehicle
) -> None:
    await service.ask(vehicle.call_sign)

    guessed = await service.publish(vehicle, OFFER)
    named = await service.ask_http(
        "POST", f"/api/v1/whip/{vehicle.encounter_id}", vehicle.encoder, OFFER, SDP
    )

    assert guessed.status_code == 409
    assert named.status_code == 201
    assert f"/whip/{vehicle.encounter_id}/sessions/" in named.headers["Location"]


async def test_in_another_consultation_the_session_before_is_over(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """One live session each, in whichever room it is: a vehicle has one patient at a time."""
    elsewhere = await service.answered(await service.ask(vehicle.call_sign))

    moved = await service.ask_http("POST", f"/api/v1/whip/{elsewhere}", vehicle.encoder, OFFER, SDP)

    assert not await live.lives()
    assert await Live(service, vehicle.encoder, moved).lives()


async def test_another_vehicles_consultation_is_not_there(
    service: Streaming, vehicle: Vehicle
) -> None:
    other = await service.vehicle()
    path = f"/api/v1/whip/{other.encounter_id}"

    refused = await service.ask_http("POST", path, vehicle.encoder, OFFER, SDP)

    assert refused.status_code == 404


async def test_an_encoder_alone_begins_no_consultation(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """A camera is nobody who seeks care."""
    assert await live.lives()
    assert await service.status(vehicle) == "planned"


async def test_calls_over_relays_alone_take_no_device(service: Streaming, vehicle: Vehicle) -> None:
    """A policy of an organisation that nothing holds an encoder to."""
    house = service.region.crew.organization_id
    async with service.region.acting(service.region.crew) as session:
        change = update(Organization).where(Organization.id == house)
        await session.execute(change.values(relay_only=True))
    refused = await service.publish(vehicle, OFFER)
    async with service.region.acting(service.region.crew) as session:
        await session.execute(change.values(relay_only=False))

    assert refused.status_code == 403


async def test_it_is_on_record_who_came_and_when(
    service: Streaming, live: Live, vehicle: Vehicle
) -> None:
    """Opening, start and stop, under the device's own name."""
    await live.delete()
    wanted = {
        "open Encounter as encoder",
        "start publishing to Encounter",
        "stop publishing to Encounter",
    }

    assert await recorded(service, vehicle, wanted) >= wanted

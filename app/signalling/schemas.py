"""JSON Schemas of the messages, as the documents that are generated from them need them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, JsonSchemaValue, models_json_schema

from app.signalling import devices, live, messages

REF = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Channel:
    """One socket: its address, and the models that go each way."""

    name: str
    address: str
    summary: str
    to_server: tuple[type[BaseModel], ...]
    to_client: tuple[type[BaseModel], ...]


def members(union: object) -> tuple[type[BaseModel], ...]:
    """The models of an annotated union."""
    return get_args(get_args(union)[0])


CHANNELS = (
    Channel(
        name="consultation",
        address="/api/v1/encounters/{encounter_id}/signalling",
        summary="One person's part in one consultation.",
        to_server=members(messages.ClientMessage),
        to_client=members(messages.ServerMessage),
    ),
    Channel(
        name="events",
        address="/api/v1/events",
        summary="What happens that concerns one user, as it happens.",
        to_server=members(live.LiveClientMessage),
        to_client=members(live.LiveServerMessage),
    ),
    Channel(
        name="deviceFeed",
        address="/api/v1/device-feed",
        summary="What a patient monitor measures, stored once each.",
        to_server=members(devices.FeedClientMessage),
        to_client=members(devices.FeedServerMessage),
    ),
)


def schemas(channels: Sequence[Channel] = CHANNELS) -> dict[str, JsonSchemaValue]:
    """Every schema by its model's name, sorted. What the server sends is always complete."""
    found: dict[str, JsonSchemaValue] = {}
    for channel in channels:
        found |= _definitions(channel.to_server, "validation")
        found |= _definitions(channel.to_client, "serialization")
    return dict(sorted(found.items()))


def _definitions(
    models: tuple[type[BaseModel], ...], mode: JsonSchemaMode
) -> dict[str, JsonSchemaValue]:
    _, schema = models_json_schema(
        [(model, mode) for model in models], ref_template=REF + "{model}"
    )
    definitions: dict[str, JsonSchemaValue] = schema["$defs"]
    for definition in definitions.values():
        _tidy(definition)
    return definitions


def _tidy(definition: JsonSchemaValue) -> None:
    # The type is optional to pydantic, which has a default for it, and needed on the wire.
    properties = definition.get("properties", {})
    if "const" in properties.get("type", {}):
        required = [name for name in definition.get("required", []) if name != "type"]
        definition["required"] = ["type", *required]
    for field in properties.values():
        field.pop("title", None)
        if "const" in field:
            field.pop("default", None)

"""The browser's types, written from the same JSON Schemas as the AsyncAPI document."""

from collections.abc import Mapping
from typing import get_args

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaValue

from app.signalling import messages
from app.signalling.schemas import CHANNELS, REF, schemas

_HEADER = """\
/**
 * The messages of the consultation's socket and of the live stream.
 * Written by `python -m app.signalling.asyncapi` from the server's models: do not edit.
 */
"""
_NAMED: Mapping[str, object] = {
    "Connection": messages.Connection,
    "Source": messages.Source,
    "Step": messages.Step,
    "Kind": messages.Kind,
    "Role": messages.Role,
    "ParticipantState": messages.ParticipantState,
    "LeftReason": messages.LeftReason,
    "PictureCodec": messages.PictureCodec,
    "ErrorCode": messages.ErrorCode,
}
_NAMES = {get_args(literal): name for name, literal in _NAMED.items()}
_SIMPLE = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


def declarations() -> str:
    """The whole of messages.d.ts."""
    literals = [f"export type {name} = {_union(options)};" for options, name in _NAMES.items()]
    consultation, events, *_ = CHANNELS  # monitors are no browsers
    found = schemas((consultation, events))
    interfaces = [_interface(name, schema) for name, schema in found.items()]
    unions = [
        _message_union("ClientMessage", consultation.to_server),
        _message_union("ServerMessage", consultation.to_client),
        _message_union("LiveClientMessage", events.to_server),
        _message_union("LiveServerMessage", events.to_client),
    ]
    return "\n\n".join([_HEADER.rstrip(), "\n".join(literals), *interfaces, *unions]) + "\n"


def _interface(name: str, schema: JsonSchemaValue) -> str:
    required = schema.get("required", [])
    lines = [
        f"  {field}{'' if field in required else '?'}: {_type(value)};"
        for field, value in schema.get("properties", {}).items()
    ]
    comment = " ".join(str(schema.get("description", "")).split())
    return "\n".join([f"/** {comment} */", f"export interface {name} {{", *lines, "}"])


def _type(schema: JsonSchemaValue) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(REF)
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        options = tuple(schema["enum"])
        return _NAMES.get(options) or _union(options)
    if "anyOf" in schema:
        return " | ".join(_type(option) for option in schema["anyOf"])
    return _plain_type(schema)


def _plain_type(schema: JsonSchemaValue) -> str:
    kind = schema.get("type")
    if kind == "array":
        return f"{_type(schema['items'])}[]"
    if kind == "object":
        return "Record<string, unknown>"
    return "null" if kind == "null" else _SIMPLE[str(kind)]


def _union(options: tuple[str, ...]) -> str:
    return " | ".join(f'"{option}"' for option in options)


def _message_union(name: str, models: tuple[type[BaseModel], ...]) -> str:
    return f"export type {name} =\n" + "\n".join(f"  | {m.__name__}" for m in models) + ";"

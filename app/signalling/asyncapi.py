"""`python -m app.signalling.asyncapi` writes the AsyncAPI document and the browser's types.

With `--check` it writes nothing and fails where they differ from the models.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel

from app import signalling
from app.signalling.examples import EXAMPLES
from app.signalling.messages import CloseCode
from app.signalling.schemas import CHANNELS, REF, Channel, schemas
from app.signalling.typescript import declarations

ROOT = Path(__file__).parents[2]
DOCUMENT = Path("docs/asyncapi.yaml")
TYPES = Path("app/web/static/call/messages.d.ts")


def document() -> dict[str, object]:
    """The AsyncAPI 3.0 document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Openconsult sockets",
            "version": "1.0.0",
            "description": signalling.__doc__,
        },
        "defaultContentType": "application/json",
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": dict(operation for channel in CHANNELS for operation in _operations(channel)),
        "components": {
            "messages": {model.__name__: _message(model) for model in _all_models()},
            "schemas": schemas(),
        },
        "x-close-codes": {code.value: _close_code(code) for code in CloseCode},
    }


def _all_models() -> list[type[BaseModel]]:
    both = (model for channel in CHANNELS for model in channel.to_server + channel.to_client)
    return sorted(set(both), key=lambda model: model.__name__)


def _channel(channel: Channel) -> dict[str, object]:
    models = (*channel.to_server, *channel.to_client)
    described: dict[str, object] = {
        "address": channel.address,
        "summary": channel.summary,
        "messages": {m.__name__: _ref(f"#/components/messages/{m.__name__}") for m in models},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
    }
    if "{encounter_id}" in channel.address:
        described["parameters"] = {"encounter_id": {"description": "The id of the Encounter."}}
    return described


def _operations(channel: Channel) -> Iterable[tuple[str, dict[str, object]]]:
    """AsyncAPI speaks as the server: it receives what clients send."""
    yield f"{channel.name}FromClient", _operation(channel, "receive", channel.to_server)
    yield f"{channel.name}ToClient", _operation(channel, "send", channel.to_client)


def _operation(
    channel: Channel, action: str, models: tuple[type[BaseModel], ...]
) -> dict[str, object]:
    place = f"#/channels/{channel.name}"
    return {
        "action": action,
        "channel": _ref(place),
        "messages": [_ref(f"{place}/messages/{model.__name__}") for model in models],
    }


def _message(model: type[BaseModel]) -> dict[str, object]:
    return {
        "name": model.model_fields["type"].default,
        "title": model.__name__,
        "summary": (model.__doc__ or "").partition("\n")[0],
        "payload": _ref(REF + model.__name__),
        "examples": [{"payload": example(model)}],
    }


def example(model: type[BaseModel]) -> Mapping[str, object]:
    """The example of this model as it is on the wire."""
    found = next(item for item in EXAMPLES if type(item) is model)
    wire: dict[str, object] = json.loads(found.model_dump_json())
    return wire


def _close_code(code: CloseCode) -> dict[str, object]:
    return {"name": code.name.lower(), "reconnect": code < CloseCode.BAD_HELLO}


def _ref(place: str) -> dict[str, str]:
    return {"$ref": place}


def generated() -> dict[Path, str]:
    """Each generated file's content by its path from the root."""
    text = yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=100)
    notice = "# Written by `python -m app.signalling.asyncapi` from the models: do not edit.\n"
    return {DOCUMENT: notice + text, TYPES: declarations()}


def drifted(root: Path) -> list[Path]:
    """The files that are not what the models say."""
    return [
        path
        for path, text in generated().items()
        if not (root / path).is_file() or (root / path).read_text("utf-8") != text
    ]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write, or check. 1 where a check finds drift."""
    parser = argparse.ArgumentParser(prog="python -m app.signalling.asyncapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail on drift, write nothing")
    if parser.parse_args(arguments).check:
        for path in drifted(root):
            sys.stderr.write(f"{path} is not what the models say: run {parser.prog}\n")
        return 1 if drifted(root) else 0
    for path, text in generated().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from app.signalling import asyncapi, devices, live, messages
from app.signalling.asyncapi import ROOT, document, drifted, example, main
from app.signalling.examples import EXAMPLES
from app.signalling.schemas import CHANNELS, schemas

MODELS = sorted(
    {model for channel in CHANNELS for model in channel.to_server + channel.to_client},
    key=lambda model: model.__name__,
)
ADAPTERS = (
    messages.client_message,
    messages.server_message,
    live.live_client_message,
    live.live_server_message,
    devices.feed_client_message,
    devices.feed_server_message,
)


def validator(name: str) -> Draft202012Validator:
    root = {"components": {"schemas": schemas()}, "$ref": f"#/components/schemas/{name}"}
    return Draft202012Validator(root)


def test_the_generated_files_are_what_the_models_say() -> None:
    assert drifted(ROOT) == []


def test_a_check_fails_on_drift_and_writing_mends_it(tmp_path: Path) -> None:
    assert main(["--check"], tmp_path) == 1

    assert main([], tmp_path) == 0

    assert main(["--check"], tmp_path) == 0
    (tmp_path / asyncapi.TYPES).write_text("// edited by hand")
    assert main(["--check"], tmp_path) == 1


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_each_example_is_valid_by_its_schema_and_its_model(model: type[BaseModel]) -> None:
    wire = example(model)

    validator(model.__name__).validate(wire)
    assert model.model_validate_json(json.dumps(wire)) in EXAMPLES


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_each_schema_refuses_another_type_and_an_unknown_field(model: type[BaseModel]) -> None:
    wire = example(model)

    assert not validator(model.__name__).is_valid({**wire, "type": "other"})
    assert not validator(model.__name__).is_valid({**wire, "more": 1})
    assert not validator(model.__name__).is_valid({k: v for k, v in wire.items() if k != "type"})


@pytest.mark.parametrize("instance", EXAMPLES, ids=lambda instance: type(instance).__name__)
def test_each_example_is_a_message_of_one_of_the_sockets(instance: messages.Message) -> None:
    text = instance.model_dump_json()

    assert any(_reads(index, text) == instance for index in range(len(ADAPTERS)))


def _reads(index: int, text: str) -> object:
    try:
        return ADAPTERS[index].validate_json(text)
    except ValueError:
        return None


def test_every_reference_of_the_document_leads_somewhere() -> None:
    whole = document()

    for place in _references(whole):
        target: object = whole
        for part in place.removeprefix("#/").split("/"):
            assert isinstance(target, dict)
            target = target[part]


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [str(node["$ref"])] if "$ref" in node else []
        return own + [place for value in node.values() for place in _references(value)]
    if isinstance(node, list):
        return [place for value in node for place in _references(value)]
    return []


def test_every_close_code_is_described() -> None:
    described = document()["info"]

    assert isinstance(described, dict)
    for code in messages.CloseCode:
        assert str(code.value) in described["description"]

"""The schemas that a running bridge serves to editors."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from bridge.lib.jsonschema import FOLDER
from bridge.settings import read_config
from bridge.store import Store
from bridge.web import create_app


@pytest.fixture
def client(store: Store) -> FlaskClient:
    return create_app(read_config({"BRIDGE_SECRET_KEY": "k" * 32}), store).test_client()


@pytest.mark.parametrize("name", ["config", "event"])
def test_a_schema_is_served_as_it_is(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/schemas/{name}.schema.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/schema+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(answer.data) == json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", ["nothing", "openapi", "..%2Fconfig", "platforms/shopify", "config.schema.json/x"])
def test_nothing_else_is(client: FlaskClient, path: str) -> None:
    assert client.get(f"/schemas/{path}.schema.json").status_code == 404

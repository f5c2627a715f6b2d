"""The API's operations and scopes, from its description and the registry of scopes."""

from __future__ import annotations

from bridge.core.model.texts import Language
from bridge.core.words import TOKEN_SCOPES
from bridge.lib.jsonschema import openapi
from docs.generate.markdown import Blocks, code, table

PREFIX = "/api/v1"


def operations(language: Language) -> str:
    rows = [
        (code(f"{method.upper()} {PREFIX}{path}"), operation["summary"], _scope(operation["security"]))
        for path, item in openapi()["paths"].items()
        for method, operation in item.items()
    ]
    return table(("request", "what it does", "scope"), rows)


def scopes(language: Language) -> str:
    position = 0 if language == "vi" else 1
    return table(("scope", "lets a token"), [(code(name), texts[position]) for name, texts in TOKEN_SCOPES.items()])


def _scope(security: list[dict[str, list[str]]]) -> str:
    return ", ".join(code(scope) for one in security for scope in one["token"]) or "any"


BLOCKS: Blocks = {"api-operations": operations, "api-scopes": scopes}

"""What schemas/config.schema.json says of each platform, from the platforms' own schemas.

A platform's settings are described in its own schema, as `$defs/settings`; the keys that every platform takes, in the
schema of the configuration. An editor wants all in one file.
"""

from __future__ import annotations

import json
from pathlib import Path

from bridge.core.model import Json
from bridge.lib.jsonschema import FOLDER, SUFFIX, schema
from bridge.platforms import list_names

PATH = FOLDER / f"config{SUFFIX}"
COMMON = ("cod_names", "api_url", "allow_private_addresses", "token_header")
PREFIX = "settings_"


def renew_schema() -> list[Path]:
    """Write the schema if it is stale; return what changed."""
    text = renewed_schema()
    if PATH.read_text(encoding="utf-8") == text:
        return []
    PATH.write_text(text, encoding="utf-8")
    return [PATH]


def renewed_schema() -> str:
    """The whole text of the schema, with the platforms as they are now."""
    document = schema("config")
    names = list_names()
    kept = {name: part for name, part in document["$defs"].items() if not name.startswith(PREFIX)}
    document["$defs"] = kept | {f"{PREFIX}{name}": _settings(name, document["$id"]) for name in names}
    source = document["$defs"]["source"]
    source["properties"]["platform"]["enum"] = names
    source["allOf"] = [_choice(name, document["$defs"][f"{PREFIX}{name}"]) for name in names]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _settings(name: str, config_id: str) -> dict[str, Json]:
    own = schema(f"platforms/{name}").get("$defs", {}).get("settings", {})
    common = {key: {"$ref": f"#/$defs/{key}"} for key in COMMON}
    about = {"type": "object", "title": f"Settings of {name}", "description": f"A source's settings on {name}."}
    properties = own.get("properties", {}) | common
    found = about | {"additionalProperties": False} | own | about | {"properties": properties}
    # The platform's schema names shared parts by the id of this one, which holds them.
    local: dict[str, Json] = json.loads(json.dumps(found).replace(f'"{config_id}#', '"#'))
    return local


def _choice(name: str, settings: Json) -> dict[str, Json]:
    then: dict[str, Json] = {"properties": {"settings": {"$ref": f"#/$defs/{PREFIX}{name}"}}}
    if settings.get("required"):
        then["required"] = ["settings"]
    return {"if": {"properties": {"platform": {"const": name}}, "required": ["platform"]}, "then": then}

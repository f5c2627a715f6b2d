from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ON_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
FIXTURES = Path(__file__).parent.parent / "fixtures"


@ON_SQLITE
def test_a_captured_request_gives_a_source_that_check_accepts(cli: Cli, tmp_path: Path) -> None:
    printed = cli("sources", "learn", FIXTURES / "nhanh/orderAdd__token-in-authorization.http", "--source", "my-shop")
    assert printed.returncode == 0
    assert "id: my-shop" in printed.stdout and "MY_SHOP_SECRET" in printed.stdout
    assert "order.created, 650000 VND, 09••••••01" in printed.stderr
    file = tmp_path / "learnt.yaml"
    file.write_text(printed.stdout, encoding="utf-8")
    assert cli("check", file).returncode == 0


@ON_SQLITE
def test_a_request_of_a_platform_names_its_adapter_and_json_is_for_programs(cli: Cli) -> None:
    file = FIXTURES / "shopify/orders_create__cash-on-delivery.http"
    assert "platform: shopify" in cli("sources", "learn", file).stderr
    found = json.loads(cli("sources", "learn", file, "--json").stdout)
    assert found["settings"]["fields"]["total"] and found["next"] is None
    assert {"field", "proposed", "sure", "why", "why_en", "example"} == set(found["items"][0])


@ON_SQLITE
def test_what_is_wrong_is_one_line(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"\xff\xfe")
    for words in ([file], [tmp_path / "absent"], [FIXTURES / "absent"], [file, "--source", "A b"]):
        refused = cli("sources", "learn", *words)
        assert refused.returncode in (1, 2) and len(refused.stderr.splitlines()) == 1, refused.stderr
    file.write_text('{"a": 1}')
    assert "id is missing" in cli("sources", "learn", file).stdout
    assert json.loads(cli("sources", "--json").stdout)["items"] == []

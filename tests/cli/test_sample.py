from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from bridge.platforms import list_platforms
from bridge.settings import read_config
from bridge.settle.results import settle_stored
from bridge.store import Store
from bridge.web import create_app
from tests.cli.conftest import ALWAYS, Cli
from tests.stage import Stage, order

ON_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
RESULTS = "the-value-that-vbot-sends"
SECRET = 'it\'s a "secret" with $HOME, `date` and \\ in it'
RULE = {"rule": "confirm", "template": "CONFIRM", "on": ["order.created"], "window": ALWAYS}
THEIR_SHAPE = {
    "scheme": "hmac",
    "header": "X-Sign",
    "fields": {
        "id": "data.code",
        "order.number": "data.code",
        "order.total": "data.money.0",
        "payment.cod": "data.cod",
        "order.phone": "buyer.tel",
        "customer.name": "buyer.name",
        "order.created_at": "data.at",
        "items": "data.lines",
        "items.title": "name",
    },
    "topic": "header:X-Event",
    "topics": {"don-moi": "order.created", "huy-don": "order.cancelled"},
}

SENDING = [platform for platform in list_platforms() if platform.sends]


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing on the screen of whoever runs the tests."""


@pytest.fixture
def url(store: Store) -> Iterator[str]:
    """The bridge's own web, over HTTP."""
    config = read_config({"BRIDGE_SECRET_KEY": "k" * 32, "VBOT_WEBHOOK_AUTH": RESULTS})
    server = make_server("127.0.0.1", 0, create_app(config, store), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def shops(stage: Stage) -> Stage:
    """One source of each platform, and one more of a shop with a document of its own."""
    sources = [
        {
            "id": f"{platform.name.replace('_', '-')}-shop",
            "platform": platform.name,
            "secrets": [SECRET],
            "settings": dict(platform.sample.settings),
        }
        for platform in SENDING
    ]
    own = {"id": "own-shop", "platform": "generic", "secrets": [SECRET], "settings": THEIR_SHAPE}
    stage.apply(RULE, sources=[*sources, own])
    return stage


def paste(command: str, shell: str = "sh") -> str:
    """What the command prints when a person pastes it; the file that it is in may not change its bytes."""
    path = shutil.which(shell)
    assert path
    pasted = subprocess.run([path, "-s"], input=command, capture_output=True, text=True, check=False, timeout=60)
    assert pasted.returncode == 0, pasted.stderr
    return pasted.stdout


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_pasted_sample_that_rings_is_stored_and_called_unless_its_platform_hides_the_buyer(
    shops: Stage, cli: Cli, url: str, shell: str
) -> None:
    names = [platform.name for platform in SENDING]
    for name in names:
        printed = cli("sample", name, "--source", f"{name.replace('_', '-')}-shop", "--url", url, "--rings")
        assert printed.returncode == 0, printed.stderr
        assert printed.stdout.isascii()
        assert " 200 " in paste(printed.stdout, shell).splitlines()[0]
    assert {delivery["state"] for delivery in shops.deliveries()} == {"stored"}
    shops.decide(datetime.now(UTC))
    hiding = [platform.name for platform in SENDING if platform.hides_buyer]
    asked = [platform.name for platform in SENDING if platform.api and platform.api.credentials]
    waiting = [delivery["platform"] for delivery in shops.deliveries() if delivery["reason"] == "fetching"]
    assert waiting == asked != []
    carrying = [platform.name for platform in SENDING if platform.is_carrier]
    hidden, wanted = ("confirm", "skip", "marketplace_hides_phone"), ("confirm", "call", "wanted")
    decided = [name for name in names if name not in asked]
    # With several shops nobody knows whose a parcel is; one carrier brings the buyer himself, and no rule is his.
    told = [delivery["decisions"][0]["reason"] for delivery in shops.deliveries() if delivery["platform"] in carrying]
    assert set(told) == {"no_rule", "parcel_unjoined"}
    reasons = dict(zip((name for name in names if name in carrying), told, strict=True))
    shown = dict.fromkeys(hiding, hidden) | {name: (None, "skip", reason) for name, reason in reasons.items()}
    assert shops.decisions() == [shown.get(name, wanted) for name in decided]
    called = [f"{name.replace('_', '-')}-shop" for name in decided if name not in shown]
    assert [call["source"] for call in shops.calls()] == called


@ON_SQLITE
def test_a_sample_that_leaves_out_its_order_names_the_sources_own_store_and_says_what_becomes_of_it(
    shops: Stage, cli: Cli
) -> None:
    own = {"id": "bc", "platform": "bigcommerce", "secrets": [SECRET], "settings": {"store_hash": "own-hash"}}
    shops.apply(RULE, sources=[own])
    printed = cli("sample", "bigcommerce")
    assert "stores/own-hash" in printed.stdout
    assert "not_fetched" in printed.stderr


@ON_SQLITE
@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("topic", ["order.cancelled", "order.fulfilled"])
def test_a_sample_without_a_number_warns_of_no_ring(cli: Cli, topic: str) -> None:
    printed = cli("sample", "kiotviet", "--topic", topic)
    assert "may ring" not in printed.stderr


@ON_SQLITE
def test_a_sample_fits_the_fields_and_words_of_a_shop_of_its_own(shops: Stage, cli: Cli, url: str) -> None:
    for word in ("don-moi", "order.created", "huy-don"):
        own = ("sample", "generic", "--source", "own-shop", "--url", url, "--topic", word)
        assert " 200 " in paste(cli(*own).stdout)
        assert "may ring 0900 000" in cli(*own).stderr or word == "huy-don"  # its fields have no mark of a test
    shops.decide(datetime.now(UTC))
    assert [delivery["platform_topic"] for delivery in shops.deliveries()] == ["don-moi", "don-moi", "huy-don"]
    assert [event["topic"] for delivery in shops.deliveries() for event in delivery["events"]] == [
        "order.created",
        "order.created",
        "order.cancelled",
    ]
    assert shops.decisions()[:2] == [("confirm", "call", "wanted")] * 2
    assert shops.decisions()[2][1] == "cancel"


@ON_SQLITE
@pytest.mark.parametrize("topic", ["order.cancelled", "orders/cancelled"])
def test_a_topic_may_be_our_word_or_the_platforms(shops: Stage, cli: Cli, url: str, topic: str) -> None:
    paste(cli("sample", "shopify", "--topic", topic, "--url", f"{url}/", "--rings").stdout)
    shops.decide(datetime.now(UTC))
    (delivery,) = shops.deliveries()
    assert (delivery["platform_topic"], delivery["state"]) == ("orders/cancelled", "decided")
    assert [event["topic"] for event in delivery["events"]] == ["order.cancelled"]


@ON_SQLITE
def test_the_only_source_of_a_platform_needs_no_name(shops: Stage, cli: Cli) -> None:
    printed = cli("sample", "haravan")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout.endswith("\n  http://localhost:8000/hooks/haravan-shop\n")
    assert SECRET not in printed.stdout


@ON_SQLITE
def test_a_sample_needs_no_account_at_vbot(shops: Stage, cli: Cli) -> None:
    half_done = {"VBOT_PROJECT_CODE": None, "VBOT_TOKEN": None}
    sampled = cli("sample", "haravan", "--source", "haravan-shop", **half_done)
    assert (sampled.returncode, sampled.stderr) == (0, "")
    assert cli("sample", "result", **half_done).returncode == 0


@ON_SQLITE
@pytest.mark.usefixtures("shops")
def test_of_several_sources_one_must_be_named(error: Callable[..., str]) -> None:
    refused = error(2, "sample", "generic")
    assert "generic-shop" in refused and "own-shop" in refused and "--source" in refused


@ON_SQLITE
@pytest.mark.usefixtures("shops")
def test_a_source_that_does_not_fit_is_an_error(error: Callable[..., str]) -> None:
    assert "nobody" in error(1, "sample", "shopify", "--source", "nobody")
    assert "haravan-shop" in error(1, "sample", "shopify", "--source", "haravan-shop")


@ON_SQLITE
def test_a_secret_given_by_hand_signs_instead_of_the_stored_one(shops: Stage, cli: Cli, url: str) -> None:
    sample = ("sample", "shopify", "--url", url, "--secret")
    assert " 401 " in paste(cli(*sample, "another").stdout)
    assert " 200 " in paste(cli(*sample, SECRET).stdout)


@ON_SQLITE
@pytest.mark.usefixtures("stage")
def test_without_a_source_a_placeholder_signs_and_stderr_says_so(cli: Cli) -> None:
    printed = cli("sample", "shopify")
    assert printed.returncode == 0
    assert all(line.startswith("# ") for line in printed.stderr.splitlines())
    assert "placeholder" in printed.stderr and "no shopify source" in printed.stderr
    assert printed.stdout.endswith("/hooks/shopify\n")


@ON_SQLITE
def test_without_a_database_it_works_and_makes_none(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "absent.db"
    for changes in ({"DATABASE_URL": f"sqlite:///{path}"}, {"BRIDGE_SECRET_KEY": None}):
        printed = cli("sample", "haravan", "--secret", "s", "--source", "my-shop", **changes)
        assert (printed.returncode, printed.stderr) == (0, "")
        assert printed.stdout.endswith("/hooks/my-shop\n")
    assert list(tmp_path.glob("absent*")) == []


@ON_SQLITE
@pytest.mark.usefixtures("stage")
def test_a_platform_that_sends_nothing_has_no_sample_and_says_where_its_orders_come_from(
    error: Callable[..., str],
) -> None:
    refused = error(2, "sample", "tiki")
    assert "Tiki sends no webhooks" in refused and "queue" in refused


@ON_SQLITE
def test_a_wrong_call_names_what_there_is(error: Callable[..., str]) -> None:
    assert "shopify" in error(2, "sample", "spotify")
    assert "orders/create" in error(2, "sample", "haravan", "--topic", "checkout.abandoned")
    assert "order.created" in error(2, "sample", "generic", "--topic", "orders/create")
    for url in ("localhost:8000", "http://[::1"):
        assert "--url" in error(2, "sample", "shopify", "--url", url)
    assert "--source" in error(2, "sample", "shopify", "--source", "../x", "--secret", "s")


@ON_SQLITE
def test_a_sample_is_marked_as_a_test_where_the_platform_can_and_else_warns_that_it_would_ring(
    shops: Stage, cli: Cli, url: str
) -> None:
    warned, asked = set(), {platform.name for platform in SENDING if platform.api}
    for platform in SENDING:
        printed = cli("sample", platform.name, "--source", f"{platform.name.replace('_', '-')}-shop", "--url", url)
        warned |= {platform.name} if "warning: this is not marked as a test" in printed.stderr else set()
        paste(printed.stdout)
    shops.decide(datetime.now(UTC))
    called = {call["source"].removesuffix("-shop").replace("-", "_") for call in shops.calls()}
    assert called == warned - {platform.name for platform in SENDING if platform.is_carrier}
    marked = {platform.name for platform in SENDING} - warned - asked
    assert len(marked) >= 6 and marked >= {"shopify", "haravan", "sapo", "generic"}
    assert "woocommerce" in warned
    vietnamese = cli("sample", "woocommerce", "--lang", "vi").stderr
    assert "cảnh báo: tin này không được đánh dấu là thử" in vietnamese and "warning" not in vietnamese


@ON_SQLITE
def test_a_raw_sample_is_a_file_that_try_reads(shops: Stage, cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "sample.http"
    file.write_text(cli("sample", "shopify", "--rings", "--raw").stdout, encoding="utf-8", newline="")
    tried = json.loads(cli("try", "confirm", file).stdout)
    assert (tried["decision"], tried["signature"]) == ("call", "verifies")


@ON_SQLITE
@pytest.mark.parametrize(("topic", "result"), [("answered", "answered"), ("no_answer", "no_answer"), ("busy", "busy")])
def test_a_pasted_result_ends_its_call(stage: Stage, cli: Cli, url: str, topic: str, result: str) -> None:
    at = datetime.now(UTC)
    stage.apply(RULE)
    stage.send("order.created", order(created_at=at.isoformat(), updated_at=at.isoformat()), at)
    stage.decide(at)
    stage.dial(at)
    printed = cli("sample", "result", "--topic", topic, "--call", 1, "--url", url, VBOT_WEBHOOK_AUTH=RESULTS)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert " 200 " in paste(printed.stdout).splitlines()[0]
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, datetime.now(UTC))
    assert (stage.call()["state"], stage.call()["result"]) == ("finished", result)


@ON_SQLITE
@pytest.mark.usefixtures("stage")
def test_a_result_of_no_call_says_so_and_a_wrong_call_what_to_write(cli: Cli, error: Callable[..., str]) -> None:
    printed = cli("sample", "result", VBOT_WEBHOOK_AUTH=None)
    assert printed.returncode == 0 and printed.stdout.startswith("curl --include")
    assert "--call ID" in printed.stderr and "VBOT_WEBHOOK_AUTH is not set" in printed.stderr
    assert "answered, no_answer, busy, failed" in error(2, "sample", "result", "--topic", "order.created")
    assert "--rings" in error(2, "sample", "result", "--rings")
    assert "no call 7" in error(1, "sample", "result", "--call", 7)


@ON_SQLITE
def test_a_sample_of_a_preset_is_in_its_shape(cli: Cli) -> None:
    shown = cli("sample", "generic", "--preset", "supership", "--secret", "s" * 20, "--raw")
    assert '"status_name": "\\u0110ang Giao H\\u00e0ng"' in shown.stdout and '"amount": 650000' in shown.stdout
    assert cli("sample", "shopify", "--preset", "odoo").returncode == 2
    assert cli("sample", "generic", "--preset", "odo").returncode == 2

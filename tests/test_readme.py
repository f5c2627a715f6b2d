"""What the READMEs tell a stranger is so: their commands, options, files, settings, words and examples."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from bridge.cli.main import bridge
from bridge.cli.platforms import markdown_table
from bridge.cli.shared.unexplained import ACTS
from bridge.configuration.files import Configuration, read_files
from bridge.core.breaker import FAILURES, STOPPING
from bridge.core.model import Request, Source
from bridge.core.reasons import SENTENCES
from bridge.lib.strictjson import event_document
from bridge.platforms import find_platform, list_platforms
from bridge.rules.evaluate import Question, consider
from bridge.rules.rule import parse_rule
from bridge.settings import read_config
from bridge.store.reading import CALL_STATES
from bridge.vbot.answers import ANY, POLICY, Row
from tests.contract import SETTINGS
from tests.platforms.wire import PULLED, THIN

CONTEXT = click.Context(bridge)

ROOT = Path(__file__).parents[1]
READMES = ["README.md", "README.vi.md"]
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MOST_LINES = 540

# Capital words of the READMEs that are no settings of the bridge.
PLACEHOLDERS = {"HOST", "SOURCE", "NAME", "TOPIC", "VARIANT", "FILE", "TEXT", "ORDER", "TEST_DATABASE_URL", "ARGS"}
PLACEHOLDERS |= {
    "DEMO_ORDERS",
    "DEMO_EXIT",
    "SEED",
    "PLATFORM",
    "CONFIRM_ORDER",
    "ADDRESS",
    "YOUR",
    "REPOSITORY",
    "TOPIC__VARIANT",
    "DEBUG",
    "INFO",
    "WARNING",
    "ERROR",
}

each_readme = pytest.mark.parametrize("readme", READMES)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(readme: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", read(readme), re.MULTILINE | re.DOTALL)


def prose(readme: str) -> str:
    return re.sub(r"^```.*?^```$", "", read(readme), flags=re.MULTILINE | re.DOTALL)


def code_words(readme: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", prose(readme))


def section(readme: str, number: int) -> str:
    """The text of the nth section; both READMEs have the same ones."""
    return read(readme).split("\n## ")[number]


def number_of(title: str) -> int:
    titles = re.findall(r"^## (.+)$", read("README.md"), re.MULTILINE)
    return titles.index(title) + 1


def configuration(text: str) -> Configuration:
    found, findings = read_files([("readme.yaml", text)], parse_rule, [platform.name for platform in list_platforms()])
    assert [str(finding) for finding in findings] == []
    return found


@each_readme
def test_it_is_no_longer_than_a_stranger_reads(readme: str) -> None:
    assert len(read(readme).splitlines()) <= MOST_LINES


@each_readme
def test_every_option_that_follows_a_command_is_one_of_that_command(readme: str) -> None:
    calls = re.findall(r"python -m bridge ([a-z]+)([^`#\n|]*)", read(readme))
    calls += [
        (word, rest)
        for word, rest in re.findall(r"`([a-z]+)( [^`\n]*)`", prose(readme))
        if word in bridge.list_commands(CONTEXT)
    ]
    assert len(calls) > 20
    wrong = [
        (command, option)
        for command, rest in calls
        for option in re.findall(r"(?<!\S)--[a-z-]+", rest)
        if option not in options(command)
    ]
    assert wrong == []


@each_readme
def test_every_option_named_alone_is_one_of_some_command(readme: str) -> None:
    every = {option for command in bridge.list_commands(CONTEXT) for option in options(command)}
    named = {word for code in code_words(readme) for word in code.split() if word.startswith("--")}
    assert named - every == set()


@each_readme
def test_every_example_file_passes_check(readme: str) -> None:
    found = [configuration(text) for text in blocks(readme, "yaml")]
    assert [len(one.sources) for one in found] == [1, 1]


@each_readme
@pytest.mark.parametrize("platform", [platform.name for platform in list_platforms() if platform.name not in THIN])
def test_the_first_rule_rings_an_ordinary_order_of_each_platform(readme: str, platform: str) -> None:
    (document,) = configuration(blocks(readme, "yaml")[0]).rules
    rule, source, kind = parse_rule(document), Source("lan-shop", platform, ("secret",)), find_platform(platform)
    assert kind is not None
    body = json.dumps(kind.sample(NOW)).encode()
    topic = next(theirs for theirs, ours in kind.topics.items() if ours == "order.created")
    told = {name: json.dumps(one).encode() for name, one in kind.api.sample(NOW).items()} if kind.api else {}
    headers = () if platform in PULLED else kind.sign(body, topic, source, NOW)
    request = Request("POST", "/hooks/lan-shop", "", headers, body, told)
    (event,) = kind.read(request, source, NOW).events
    assert event.order is not None
    fields = [{"cfkey": key, "cftype": "text", "isRequired": True} for key in document["datas"]]
    question = Question(
        source=source,
        topic=event.topic,
        order_id=event.order_id,
        occurred_at=event.occurred_at,
        document=event_document(event, source),
        state=event.order.state,
        deleted=False,
        created_at=event.order.created_at,
        fields=fields,
        holidays=(),
    )
    verdict = consider(rule, question, NOW)
    assert (verdict.decision, verdict.reason) == ("call", "wanted")
    assert all(verdict.datas.values())


@each_readme
def test_the_generic_example_reads_the_document_that_it_describes(readme: str) -> None:
    (entry,) = configuration(blocks(readme, "yaml")[1]).sources
    source = Source(entry["id"], entry["platform"], ("secret",), entry["settings"])
    generic = find_platform("generic")
    assert generic is not None
    order = {"code": "A1", "amount": 495000, "time": "2026-11-23T09:00:00+07:00", "pay_by": "COD"}
    order["buyer"] = {"name": "Trần Thử Nghiệm", "phone": "0900000001"}
    body = json.dumps({"event": "new_order", "data": order}).encode()
    request = Request("POST", "/hooks/own-shop", "", generic.sign(body, "order.created", source, NOW), body)
    generic.verify(request, source, NOW)
    (event,) = generic.read(request, source, NOW).events
    assert event.order is not None
    said = (event.topic, event.order.number, event.order.total, event.order.phone, event.order.payment.cod)
    assert said == ("order.created", "A1", 495000, "0900000001", True)
    assert (event.order.customer.name, event.order.currency) == ("Trần Thử Nghiệm", "VND")


@each_readme
def test_the_settings_of_its_examples_start_the_bridge(readme: str) -> None:
    set_here = set(re.findall(r"\b([A-Z][A-Z_]+)=", "\n".join(blocks(readme, "sh"))))
    assert set_here - {*SETTINGS, *PLACEHOLDERS, "SHOPIFY_SECRET"} == set()
    settings = dict.fromkeys(set_here, "x") | {"BRIDGE_SECRET_KEY": "k" * 64, "VBOT_URL": "https://vbot.example.test"}
    assert read_config(settings).account is not None


@each_readme
def test_every_setting_and_capital_word_that_it_names_is_known(readme: str) -> None:
    words = {word for code in code_words(readme) for word in re.findall(r"\b[A-Z][A-Z_]{3,}\b", code)}
    secrets = {word for word in words if word.endswith(("_SECRET", "_TOKEN", "_CLIENT_ID"))}
    topics = {topic for platform in list_platforms() for topic in platform.topics}
    assert words - {*SETTINGS, *PLACEHOLDERS} - secrets - topics == set()


@each_readme
def test_the_defaults_of_its_settings_are_those_of_the_code(readme: str) -> None:
    config = read_config({"BRIDGE_SECRET_KEY": "k" * 32})
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| `([^`]+)` \|", read(readme), re.MULTILINE))
    assert rows == {
        "DATABASE_URL": config.database_url,
        "VBOT_API": "v1",
        "PORT": str(config.port),
        "WEB_CONCURRENCY": str(config.web_concurrency),
        "WORKER_THREADS": str(config.worker_threads),
        "LOG_LEVEL": config.log_level,
    }


@each_readme
def test_every_make_target_exists(readme: str) -> None:
    makefile = read("Makefile")
    targets = set(re.findall(r"^([a-z./-]+):", makefile, re.MULTILINE)) | {"make"}
    assert set(re.findall(r"(?:`|^|\s)make ([a-z./-]+)", read(readme), re.MULTILINE)) - targets == set()


@each_readme
def test_every_kind_of_unexplained_thing_has_its_row(readme: str) -> None:
    rows = re.findall(r"^\| `([a-z]+_[a-z_]+)` \|", section(readme, number_of("Woken at night")), re.MULTILINE)
    assert rows == list(ACTS)


@each_readme
def test_what_vbots_answers_mean_is_the_table_of_the_code(readme: str) -> None:
    text = section(readme, number_of("What VBot's answers mean"))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", text, re.M)]
    assert rows[2:] == [policy_cells(row, POLICY_WORDS[readme]) for row in POLICY]
    assert str(FAILURES) in text


@each_readme
def test_every_reason_and_state_that_it_names_exists(readme: str) -> None:
    words = {word for word in code_words(readme) if word in ("test_message", "phone_missing", "unsure", "placed")}
    assert words == {"test_message", "phone_missing", "unsure", "placed"}
    assert {"test_message", "phone_missing"} <= SENTENCES.keys()
    assert {"unsure", "placed"} <= set(CALL_STATES)


@each_readme
@pytest.mark.parametrize("title", ["Connect a Shopify shop", "Connect a WooCommerce shop", "Connect a Haravan shop"])
def test_every_topic_that_a_shop_shall_send_is_one_that_its_platform_reads(readme: str, title: str) -> None:
    text = section(readme, number_of(title))
    platform = find_platform(title.split()[2].lower())
    assert platform is not None
    named = set(re.findall(r"`(orders/[a-z]+)`", text))
    assert named - platform.topics.keys() == set()
    assert "/hooks/" in text


@pytest.mark.parametrize(("readme", "language"), [("README.vi.md", 0), ("README.md", 1)])
def test_the_table_of_platforms_is_the_one_that_the_command_prints(readme: str, language: int) -> None:
    table = markdown_table(language)
    assert table in section(readme, number_of("All platforms"))
    rows = table.splitlines()[2:]
    assert [re.findall(r"\*\* `([a-z_]+)`", row) for row in rows] == [[one.name] for one in list_platforms()]
    assert {row.count("|") for row in table.splitlines()} == {6}


@each_readme
def test_what_is_called_not_yet_there_is_not_there(readme: str) -> None:
    missing = section(readme, number_of("What it promises")).partition(":\n\n- ")[2]
    named = set(re.findall(r"`([a-z]+)`", missing))
    assert named == set()
    assert named & set(bridge.list_commands(CONTEXT)) == set()


@each_readme
def test_the_design_names_every_module(readme: str) -> None:
    """This section is the code counterpart of the design: a new module takes its place here too."""
    picture = section(readme, number_of("Design"))
    named = set(re.findall(r"[a-z_]+", " ".join(line[:49] for line in picture.splitlines() if "   " in line)))
    modules = {
        path.stem for path in (ROOT / "bridge").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert modules - {"__init__", "__main__"} - named == set()


@each_readme
def test_every_file_that_it_names_exists(readme: str) -> None:
    named = [
        word
        for word in code_words(readme)
        if re.fullmatch(r"(?:tests|bridge|schemas)/[\w./-]*|gunicorn\.conf\.py", word)
    ]
    present = [word for word in named if not re.search(r"[A-Z]{4}", word)]
    assert present
    assert [word for word in present if not (ROOT / word).exists()] == []


def test_both_say_the_same_in_their_code() -> None:
    for language in ("sh", "yaml", "ini"):
        english, vietnamese = ([_bare(block) for block in blocks(readme, language)] for readme in READMES)
        assert english == vietnamese
    words = [[word for word in code_words(readme) if not word.startswith("python")] for readme in READMES]
    assert set(words[0]) ^ set(words[1]) == set()


def test_both_have_the_same_sections_tables_and_links() -> None:
    counts = [
        [
            (part.count("\n- "), part.count("\n| "), len(re.findall(r"\n\d\. ", part)), part.count("\n```"))
            for part in read(readme).split("\n## ")
        ]
        for readme in READMES
    ]
    assert counts[0] == counts[1]
    links = [sorted(set(re.findall(r"\]\(([^)]+)\)", read(readme))) - set(READMES)) for readme in READMES]
    assert links[0] == links[1]


def test_the_vietnamese_one_is_written_with_its_accents_and_composed() -> None:
    text = read("README.vi.md")
    assert unicodedata.is_normalized("NFC", text)
    words = re.findall(r"[^\W\d_]+", prose("README.vi.md"))
    accented = [word for word in words if not word.isascii()]
    assert len(accented) > len(words) / 3


POLICY_WORDS = {
    "README.md": {
        "yes": "yes",
        "no": "no",
        "nothing": "nothing",
        "any": "any",
        "accepted": "its result is awaited",
        "unsure": "a person decides; it is not sent again before",
        "token": "a new token, and again at once; a fixed one, or a second refusal: the line stops",
        "later": "sent again later",
        "alone": "each call is sent again later, alone",
        "batch": "several phones",
        "stops": "the line stops; `replay` wakes the call later",
        "empty": "not sent again by itself; with an empty balance it is `no_balance`, and the line stops",
        "refused": "not sent again by itself",
    },
    "README.vi.md": {
        "yes": "có",
        "no": "không",
        "nothing": "không gì cả",
        "any": "bất kỳ",
        "accepted": "chờ kết quả",
        "unsure": "một người quyết định; trước đó không gửi lại",
        "token": "lấy mã mới rồi gửi lại ngay; mã cố định, hoặc bị từ chối lần nữa: ngừng gọi",
        "later": "tự gửi lại sau",
        "alone": "từng cuộc gọi tự gửi lại sau, riêng lẻ",
        "batch": "nhiều số",
        "stops": "ngừng gọi; sau này `replay` đánh thức cuộc gọi",
        "empty": "không tự gửi lại; nếu tài khoản hết tiền thì là `no_balance`, và ngừng gọi",
        "refused": "không tự gửi lại",
    },
}


def policy_cells(row: Row, words: dict[str, str]) -> list[str]:
    """One row of POLICY as the README shows it."""
    kinds = {"4xx": range(400, 500), "5xx": range(500, 600)}
    whole = [name for name, kind in kinds.items() if set(kind) <= set(row.statuses)]
    single = sorted(status for status in row.statuses if not any(status in kinds[name] for name in whole))
    statuses = words["any"] if set(row.statuses) == set(ANY) else ", ".join([*map(str, single), *whole])
    if len(row.generations) < 3:
        statuses += " (" + ", ".join(f"`{name}`" for name in row.generations) + ")"
    if row.several:
        statuses += f", {words['batch']}"
    says = " / ".join(words[word] for word in ("yes", "no", "nothing") if word in row.says)
    codes = ", ".join(map(str, sorted(row.codes))) or words["any"]
    then = row.outcome
    if row.outcome == "not_sent":
        then = {"token_refused": "token", "batch_refused": "alone"}.get(row.detail, "later")
    elif row.outcome == "refused" and (row.detail in STOPPING or not row.explained):
        then = "stops" if row.detail in STOPPING else "empty"
    return [statuses, says, codes, f"`{row.outcome}`", f"`{row.detail}`", words[then]]


def options(command: str) -> set[str]:
    found = bridge.get_command(CONTEXT, command)
    assert found is not None
    if isinstance(found, click.Group):
        return {name for part in found.commands.values() for option in part.params for name in option.opts}
    return {name for option in found.params if isinstance(option, click.Option) for name in option.opts} | {"--help"}


def _bare(block: str) -> str:
    """Without comments, and without what one says in one's own language."""
    lines = (re.sub(r"\s+#.*$|^#.*$", "", line).rstrip() for line in block.splitlines())
    return re.sub(r'(--reason |-m )"[^"]*"', r'\1"…"', "\n".join(lines))

"""The platforms, from what each says about itself and from its topics and settings."""

from __future__ import annotations

from bridge.cli.platforms import describe
from bridge.core.model import Json
from bridge.core.model.texts import Language
from bridge.core.platform import Platform
from bridge.lib.jsonschema import schema
from bridge.platforms import list_platforms
from docs.generate.configuration import describe as describe_part
from docs.generate.configuration import resolve
from docs.generate.markdown import Blocks, code, table

LONGEST_EXAMPLE = 60

PAGE = {
    "en": """# Connect {title}

The steps that all platforms share are on the page [Connect a shop](README.md).

<!-- make docs: platform {name} -->
<!-- end -->
""",
    "vi": """# Kết nối {title}

Các bước chung của mọi nền tảng nằm ở trang [Kết nối cửa hàng](README.md).

<!-- make docs: platform {name} -->
<!-- end -->
""",
}
WORDS = {
    "en": {
        "platform": "platform",
        "word": "`platform:`",
        "known": "known from",
        "again": "sends again",
        "steps": "Step by step",
        "needs": "What it needs",
        "proof": "How a delivery is verified",
        "again_title": "When it sends again",
        "traps": "Traps",
        "topics": "Topics",
        "theirs": "in the shop",
        "ours": "topic here",
        "settings": "Settings of the source",
        "setting": "setting",
        "means": "means",
        "example": "example",
        "secret": " Stored encrypted.",
        "none": "It names no topic of its own.",
        "missed": "Missed orders",
        "polled": "With {names} in `settings`, the shop's API is asked for [missed orders](README.md#missed-orders).",
        "or": "; or ",
        "hooks": "Webhooks by command",
        "registered": "With {names} in `settings`, `python -m bridge sources connect {name} --url https://…` registers "
        "{topics}{also}. It needs {permission}. Once a day the worker looks whether they are still there.",
        "also": ", and with a rule on {ours} {theirs}",
        "shared": "Each platform also takes {names}; see [Connect a shop](README.md#settings).",
    },
    "vi": {
        "platform": "nền tảng",
        "word": "`platform:`",
        "known": "dựa trên",
        "again": "gửi lại",
        "steps": "Từng bước",
        "needs": "Cần có",
        "proof": "Cách kiểm tra tin (webhook)",
        "again_title": "Khi nào gửi lại",
        "traps": "Chỗ dễ vấp",
        "topics": "Loại sự kiện",
        "theirs": "ở cửa hàng",
        "ours": "ở đây",
        "settings": "Phần settings của cửa hàng",
        "setting": "thiết lập",
        "means": "ý nghĩa",
        "example": "ví dụ",
        "secret": " Được mã hóa khi lưu.",
        "none": "Không có loại sự kiện riêng.",
        "missed": "Những đơn bị sót",
        "polled": "Có {names} trong `settings` thì API của cửa hàng được hỏi về [đơn bị sót](README.md#missed-orders).",
        "or": "; hoặc ",
        "hooks": "Đăng ký webhook bằng lệnh",
        "registered": "Có {names} trong `settings` thì `python -m bridge sources connect {name} --url https://…` đăng "
        "ký {topics}{also}. Cần {permission}. Mỗi ngày một lần, worker xem chúng còn đó không.",
        "also": ", và khi có quy tắc cho {ours} thì thêm {theirs}",
        "shared": "Nền tảng nào cũng nhận thêm {names}; xem [Kết nối cửa hàng](README.md#settings).",
    },
}


def new_page(language: Language, name: str) -> str:
    """What a page of a platform is before anybody wrote to it."""
    return PAGE[language].format(title=_described(language, name)["title"], name=name)


def all_platforms(language: Language) -> str:
    words = WORDS[language]
    items = [_described(language, platform.name) for platform in list_platforms()]
    rows = [
        (f"[{item['title']}]({item['name']}.md)", code(item["name"]), item["maturity_said"], item["again"])
        for item in items
    ]
    return table([words[head] for head in ("platform", "word", "known", "again")], rows)


def one_platform(language: Language, name: str) -> str:
    words, item = WORDS[language], _described(language, name)
    parts = [f"`platform: {name}` · {item['maturity_said']}", *_steps(name, language)]
    for title, key in (("needs", "needs"), ("proof", "proof"), ("again_title", "again"), ("traps", "traps")):
        parts += [f"## {words[title]}", _sentence(item[key])]
    parts += [
        f"## {words['topics']}",
        _topics(_platform(name), words),
        f"## {words['settings']}",
        _settings(name, language),
    ]
    parts += _hooks(_platform(name), language)
    parts += _missed(_platform(name), words)
    return "\n\n".join(parts)


def _steps(name: str, language: Language) -> list[str]:
    steps = _platform(name).about.steps
    lines = (
        f"{number}. {step.vietnamese if language == 'vi' else step.english}" for number, step in enumerate(steps, 1)
    )
    return [f"## {WORDS[language]['steps']}", "\n".join(lines)] if steps else []


def _described(language: Language, name: str) -> dict[str, Json]:
    return describe(_platform(name), 0 if language == "vi" else 1)


def _platform(name: str) -> Platform:
    return next(platform for platform in list_platforms() if platform.name == name)


def _sentence(text: str) -> str:
    """A cell of a table as a sentence of a page."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith(".") else f"{whole}."


def _topics(platform: Platform, words: dict[str, str]) -> str:
    if not platform.topics:
        return words["none"]
    rows = [(code(theirs), code(ours)) for theirs, ours in platform.topics.items()]
    return table((words["theirs"], words["ours"]), rows)


def _settings(name: str, language: Language) -> str:
    words = WORDS[language]
    whole = schema("config")
    of_all = [set(part["properties"]) for key, part in whole["$defs"].items() if key.startswith("settings_")]
    common = sorted(set.intersection(*of_all))
    found = whole["$defs"][f"settings_{name}"]["properties"]
    own = {key: resolve(whole, about) for key, about in found.items() if key not in common}
    rows = [
        (
            code(key),
            describe_part(about, language) + (words["secret"] if about.get("writeOnly") else ""),
            _example(about),
        )
        for key, about in own.items()
    ]
    shared = words["shared"].format(names=", ".join(map(code, common)))
    return "\n\n".join([*([table((words["setting"], words["means"], words["example"]), rows)] if rows else []), shared])


def polled_platforms(language: Language) -> str:
    """The platforms whose API is asked for missed orders, and the settings that it needs."""
    rows = [
        (f"[{platform.title}]({platform.name}.md)", _credentials(platform, WORDS[language]))
        for platform in list_platforms()
        if platform.poll is not None and platform.poll.yields == "orders"
    ]
    return table((WORDS[language]["platform"], "settings"), rows)


def _hooks(platform: Platform, language: Language) -> list[str]:
    words, hooks = WORDS[language], platform.hooks
    if hooks is None:
        return []
    names = _groups(hooks.credentials, words)
    said = words["registered"].format(
        names=names,
        name=platform.name,
        topics=", ".join(map(code, hooks.topics)),
        also="".join(
            words["also"].format(ours=code(ours), theirs=", ".join(map(code, theirs)))
            for ours, theirs in hooks.also.items()
        ),
        permission=hooks.permission[0 if language == "vi" else 1],
    )
    return [f"## {words['hooks']}", said]


def hook_platforms(language: Language) -> str:
    """The platforms whose webhooks are registered by command, and the settings that it needs."""
    words = WORDS[language]
    rows = [
        (
            f"[{platform.title}]({platform.name}.md)",
            words["or"].join(", ".join(map(code, group)) for group in hooks.credentials),
        )
        for platform in list_platforms()
        if (hooks := platform.hooks) is not None
    ]
    return table((words["platform"], "settings"), rows)


def _missed(platform: Platform, words: dict[str, str]) -> list[str]:
    if platform.poll is None or platform.poll.yields != "orders":
        return []
    return [f"## {words['missed']}", words["polled"].format(names=_credentials(platform, words))]


def _credentials(platform: Platform, words: dict[str, str]) -> str:
    return _groups(platform.poll.credentials if platform.poll else (), words)


def _groups(groups: tuple[tuple[str, ...], ...], words: dict[str, str]) -> str:
    return words["or"].join(", ".join(map(code, group)) for group in groups)


def _example(about: Json) -> str:
    """The first example, unless it is too long for a table."""
    shown = code(about["examples"][0]) if about.get("examples") else ""
    return shown if len(shown) <= LONGEST_EXAMPLE else ""


BLOCKS: Blocks = {
    "platforms": all_platforms,
    "platform": one_platform,
    "polls": polled_platforms,
    "hooks": hook_platforms,
}

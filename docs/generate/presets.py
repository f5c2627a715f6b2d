"""The presets of `generic`, from what each says about itself and from its settings."""

from __future__ import annotations

from bridge.core.model import Json
from bridge.core.model.texts import Language
from bridge.platforms.generic.presets import Preset, find_preset, preset_names
from docs.generate.markdown import Blocks, code, table

WORDS = {
    "en": {
        "preset": "preset", "sender": "sender", "proof": "proof", "known": "known from", "signed": "signature in",
        "token": "token in", "standard": "Standard Webhooks", "ours": "its parameters, as you name them",
        "documented": "documented", "field": "field here", "theirs": "in its document", "topics": "Topics",
        "states": "States", "answer": "It is answered", "topic_in": "The topic stands in", "own": "Our own names.",
        "traps": "Traps",
    },
    "vi": {
        "preset": "preset", "sender": "bên gửi", "proof": "xác minh", "known": "dựa trên", "signed": "chữ ký ở",
        "token": "token ở", "standard": "Standard Webhooks", "ours": "tham số do bạn đặt tên",
        "documented": "theo tài liệu", "field": "trường ở đây", "theirs": "trong tài liệu của bên gửi",
        "topics": "Loại sự kiện", "states": "Trạng thái", "answer": "Được trả lời", "topic_in": "Loại sự kiện nằm ở",
        "own": "Dùng tên của bridge.", "traps": "Chỗ dễ vấp",
    },
}  # fmt: skip


def all_presets(language: Language) -> str:
    words = WORDS[language]
    rows = [
        (f"[{code(name)}](#{name})", preset.title, _proof(preset, words), words[preset.maturity])
        for name, preset in _presets()
    ]
    heads = [words[head] for head in ("preset", "sender", "proof", "known")]
    parts = [table(heads, rows)]
    for name, preset in _presets():
        parts += [f"### {name}", *_about(preset, language)]
    return "\n\n".join(parts)


def _presets() -> list[tuple[str, Preset]]:
    return [(name, preset) for name in preset_names() if (preset := find_preset(name))]


def _about(preset: Preset, language: Language) -> list[str]:
    words, settings, side = WORDS[language], preset.settings, 0 if language == "vi" else 1
    said = [f"**{preset.title}.** {preset.needs[side]}.", f"{words['traps']}: {preset.traps[side]}."]
    fields = settings.get("fields", {})
    if fields:
        rows = [(code(field), ", ".join(code(one) for one in _paths(path))) for field, path in fields.items()]
        said.append(table((words["field"], words["theirs"]), rows))
    for key in ("topics", "states"):
        if settings.get(key):
            pairs = ", ".join(f"{code(theirs)} → {code(ours)}" for theirs, ours in settings[key].items())
            said.append(f"{words[key]}: {pairs}.")
    if settings.get("topic") and not str(settings["topic"]).startswith("order."):
        said.append(f"{words['topic_in']} {code(settings['topic'])}.")
    if settings.get("answer"):
        said.append(f"{words['answer']} {code(settings['answer'])}.")
    return said


def _paths(path: Json) -> list[Json]:
    return path if isinstance(path, list) else [path]


def _proof(preset: Preset, words: dict[str, str]) -> str:
    settings = preset.settings
    if settings["scheme"] == "hmac":
        return f"{words['signed']} {code(settings['header'])}"
    if settings["scheme"] == "token":
        return (
            f"{words['token']} {code(settings.get('token_field') or settings.get('token_header', 'X-Webhook-Token'))}"
        )
    return words["standard"]


BLOCKS: Blocks = {"presets": all_presets}

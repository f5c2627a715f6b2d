"""The language in which a command speaks to a person: Vietnamese or English."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

import click

from bridge.core.model.texts import Language

LANGUAGES: tuple[Language, ...] = ("vi", "en")

_KEY = "bridge.language"


def choose_language(context: click.Context, language: Language | None) -> None:
    """From now on the command of this context, and those within it, speak this language; None changes nothing."""
    if language is not None:
        context.meta[_KEY] = language


def _language_of(error: click.ClickException, words: Sequence[str]) -> Language:
    """The language in which a command that failed should say so; a --lang behind what is wrong counts too."""
    written = written_language(words)
    if written is not None:
        return written
    context = getattr(error, "ctx", None)
    language: Language = context.meta.get(_KEY, "en") if context is not None else "en"
    return language


def written_language(words: Sequence[str]) -> Language | None:
    """What --lang says among these words of a command, wherever it stands."""
    for n, word in enumerate(words):
        name, sign, value = word.partition("=")
        given = value if sign else "".join(words[n + 1 : n + 2])
        if name == "--lang" and given in LANGUAGES:
            return "vi" if given == "vi" else "en"
    return None


def current_language(default: Language = "en") -> Language:
    """By --lang or BRIDGE_LANG; `default` where neither is given, and outside a command."""
    context = click.get_current_context(silent=True)
    language: Language = context.meta.get(_KEY, default) if context else default
    return language


def text(vietnamese: str, english: str, /, **facts: object) -> str:
    """One of the two texts; where there are facts, its {names} are filled with them."""
    chosen = vietnamese if current_language() == "vi" else english
    return chosen.format(**facts) if facts else chosen


def say(vietnamese: str, english: str, *, err: bool = False) -> None:
    """Print one of the two lines."""
    click.echo(text(vietnamese, english), err=err)


def failure(vietnamese: str, english: str) -> click.ClickException:
    """The command cannot do it: one line, exit 1."""
    return click.ClickException(text(vietnamese, english))


def misuse(vietnamese: str, english: str) -> click.UsageError:
    """The command is not called as it should be: one line, exit 2."""
    return click.UsageError(text(vietnamese, english))


# What click and its types say, as patterns, and the same in Vietnamese.
_MESSAGES: tuple[tuple[str, str], ...] = (
    (
        r"No such option '([^']*)'\.(?: \(Did you mean (?:one of: )?(.*)\?\)| Did you mean (.*)\?)?",
        "không có tùy chọn {0}",
    ),
    (r"No such command '(.*)'\.", "không có lệnh {0}; xem: python -m bridge --help"),
    (r"Got unexpected extra arguments? \((.*)\)", "thừa đối số: {0}"),
    (r"Option '(.*)' requires an argument\.", "tùy chọn {0} cần một giá trị"),
    (r"Option '(.*)' requires (\d+) arguments\.", "tùy chọn {0} cần {1} giá trị"),
    (r"Option '(.*)' does not take a value\.", "tùy chọn {0} không nhận giá trị"),
    (r"Missing option '(.*)'\.(?: Choose from:\s*(.*))?", "thiếu tùy chọn {0}"),
    (r"Missing argument '(.*)'\.(?: Choose from:\s*(.*))?", "thiếu đối số {0}"),
    (r"Missing command\.", "thiếu lệnh; xem: --help"),
    (r"'(.*)' is not one of (.*)\.", "{0} không nằm trong: {1}"),
    (r"'(.*)' is not a valid integer\.", "{0} không phải số nguyên"),
    (r"(.*) is not in the range (.*)\.", "{0} nằm ngoài khoảng {1}"),
    (r"'(.*)' is not a valid (.*)\.", "{0} không phải {1} hợp lệ"),
)
_HASH = (
    "; số có dấu # phải đặt trong ngoặc kép, hoặc bỏ dấu #",
    '; a number with # stands in quotes ("#1053"), or without its #',
)


def usage_text(error: click.ClickException) -> str:
    """The one line of what is wrong; the same for every language but its words."""
    language = _language_of(error, sys.argv[1:])
    english = error.format_message()
    hint = _HASH[language != "vi"] if isinstance(error, click.MissingParameter) and _is_argument(error) else ""
    if language != "vi" or not isinstance(error, click.UsageError):
        return english.removesuffix(".") + hint if hint else english
    if isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter):
        where, _, problem = english.partition(": ")
        named = re.search(r"Invalid value for (.*)", where)
        if named:
            return f"giá trị không dùng được cho {named[1].strip(chr(39))}: {_vietnamese(problem)}"
    return _vietnamese(english) + hint


def _is_argument(error: click.MissingParameter) -> bool:
    return error.param is not None and error.param.param_type_name == "argument"


def _vietnamese(english: str) -> str:
    for pattern, vietnamese in _MESSAGES:
        found = re.fullmatch(pattern, english, re.DOTALL)
        if found:
            return vietnamese.format(*found.groups())
    return english

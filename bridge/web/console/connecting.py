"""What to do in a shop's admin to connect it, with the source's own address: steps, and sketches of its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from flask import request
from markupsafe import Markup

from bridge.core.model.texts import Language
from bridge.core.platform import ADDRESS, COPY, SECRET, TICK, Platform, Screen, Step
from bridge.web.console import access
from bridge.web.console.language import text
from bridge.web.console.markdown import marked

# In the steps a secret is a variable of a configuration file; a page has none.
_VARIABLE = re.compile(r"`[A-Z]+_SECRET`")


@dataclass(frozen=True)
class Sketch:
    """A page of the shop, drawn. `lines`: a field's name, what goes in, and how it looks: value, copy or tick."""

    path: tuple[str, ...]
    lines: tuple[tuple[str, str, str], ...]
    press: str


@dataclass(frozen=True)
class Told:
    """One step as the page shows it."""

    said: Markup
    sketch: Sketch | None


@dataclass(frozen=True)
class Steps:
    """The steps in the shop: those that come before the source is added here, and those after it."""

    before: list[Told]
    after: list[Told]


def hook_address(source_id: str) -> str:
    """As the shop has to write it, by the name under which this page is seen."""
    return f"{'https' if access.is_tls() else 'http'}://{request.host}/hooks/{source_id}"


def list_steps(platform: Platform, source_id: str, language: Language) -> Steps:
    """What to do for this source. A platform whose steps nobody wrote down has the two that all have."""
    steps = platform.about.steps or tuple(_common(platform))
    before = [*takewhile(lambda step: not step.here, steps)]
    after = [step for step in steps[len(before) :] if not step.here]
    told = [[_tell(step, source_id, language) for step in group] for group in (before, after)]
    return Steps(*told)


def _common(platform: Platform) -> Iterator[Step]:
    needs = Step(*platform.about.needs)
    address = Step(
        "Ghi địa chỉ này vào phần webhook của cửa hàng: `https://HOST/hooks/ID`.",
        "Write this address into the shop's webhook settings: `https://HOST/hooks/ID`.",
    )
    here = Step("", "", here=True)
    yield from (needs, here, address) if platform.about.whose_key == "shop" else (here, needs, address)


def _tell(step: Step, source_id: str, language: Language) -> Told:
    n = 0 if language == "vi" else 1
    said = (step.page or (step.vietnamese, step.english))[n]
    host = hook_address(source_id).removesuffix(f"/hooks/{source_id}")
    own = said.replace("https://HOST", host).replace("/hooks/ID", f"/hooks/{source_id}")
    named = _VARIABLE.sub(text("khóa bí mật của nguồn", "the source's secret"), own).replace("lan-shop", source_id)
    return Told(marked(named), _draw(step.screen, source_id, n) if step.screen else None)


def _draw(screen: Screen, source_id: str, n: int) -> Sketch:
    shown = {
        ADDRESS: ("value", hook_address(source_id)),
        SECRET: ("value", text("khóa bí mật của nguồn", "the source's secret")),
        COPY: ("copy", text("chép lại để ghi ở đây", "copy it, to be written here")),
        TICK: ("tick", ""),
    }
    lines = []
    for name, value in screen.fields:
        said = value if isinstance(value, str) else value[n]
        kind, held = shown.get(said, ("value", said))
        lines.append((name if isinstance(name, str) else name[n], held, kind))
    return Sketch(screen.path, tuple(lines), screen.press)

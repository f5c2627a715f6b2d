"""The pages and their generated blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bridge.core.model.texts import Language
from bridge.platforms import list_platforms
from docs.generate import (
    alarms,
    api,
    call_states,
    commands,
    configuration,
    filters,
    metrics,
    packages,
    platforms,
    presets,
    reasons,
    settings,
    vbot,
    write_back,
)
from docs.generate.markdown import Blocks

ROOT = Path(__file__).parents[2]
BLOCKS: Blocks = {
    **alarms.BLOCKS,
    **api.BLOCKS,
    **call_states.BLOCKS,
    **commands.BLOCKS,
    **configuration.BLOCKS,
    **filters.BLOCKS,
    **metrics.BLOCKS,
    **packages.BLOCKS,
    **platforms.BLOCKS,
    **presets.BLOCKS,
    **reasons.BLOCKS,
    **settings.BLOCKS,
    **vbot.BLOCKS,
    **write_back.BLOCKS,
}
BLOCK = re.compile(r"(<!-- make docs: ([^\n]*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def list_pages() -> list[Path]:
    """Every page: the READMEs, CONTRIBUTING and all under docs/."""
    return [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]


def renew() -> list[Path]:
    """Write what is missing or stale; return the pages that changed."""
    changed = [path for path, _ in _missing()]
    for path, text in _missing():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in stale_pages():
        path.write_text(renewed(path), encoding="utf-8")
        changed.append(path)
    return list(dict.fromkeys(changed))


def stale_pages() -> list[Path]:
    """The pages whose generated parts are not what the code says now, and those that are missing."""
    missing = [path for path, _ in _missing()]
    return missing or [path for path in list_pages() if path.read_text(encoding="utf-8") != renewed(path)]


def renewed(path: Path) -> str:
    """The page with its generated parts made anew. KeyError: it names a block that does not exist."""
    language: Language = "vi" if _is_vietnamese(path) else "en"

    def block(found: re.Match[str]) -> str:
        name, *arguments = found[2].split()
        return f"{found[1]}\n{BLOCKS[name](language, *arguments).strip()}\n\n{found[3]}"

    return BLOCK.sub(block, path.read_text(encoding="utf-8"))


def _missing() -> Iterator[tuple[Path, str]]:
    """Each platform has a page in both languages, by being there."""
    folders: dict[Language, Path] = {"en": ROOT / "docs/connect", "vi": ROOT / "docs/vi/connect"}
    for language, folder in folders.items():
        for platform in list_platforms():
            path = folder / f"{platform.name}.md"
            if not path.exists():
                yield path, platforms.new_page(language, platform.name)


def _is_vietnamese(path: Path) -> bool:
    return "vi" in path.relative_to(ROOT).parts or path.name == "README.vi.md"

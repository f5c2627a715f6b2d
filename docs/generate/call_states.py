"""A call's life: what moves it from one state to another, from the one table of transitions."""

from __future__ import annotations

from bridge.core.call_states import CallState, Transition
from bridge.core.model.texts import Language
from docs.generate.markdown import Blocks, code, table

HEADS = {
    "en": ("change", "when", "from", "also from, when it comes late", "to"),
    "vi": ("thay đổi", "khi nào (tiếng Anh)", "từ", "cũng từ, khi đến muộn", "đến"),
}


def diagram(language: Language) -> str:
    """The ordinary changes as a Mermaid state diagram; one arrow for each pair of states."""
    arrows: dict[tuple[CallState, CallState], list[str]] = {}
    for change in Transition:
        for state in change.since:
            arrows.setdefault((state, change.to), []).append(change.name.lower())
    lines = [f"    {since} --> {to}: {', '.join(names)}" for (since, to), names in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {CallState.WAITING}", *lines, "```"])


def changes(language: Language) -> str:
    """Every change: its name, when it happens, from which states, to which state."""
    rows = [
        (code(change.name.lower()), change.when, ", ".join(change.since), ", ".join(change.late), change.to)
        for change in Transition
    ]
    return table(HEADS[language], rows)


BLOCKS: Blocks = {"call-diagram": diagram, "call-changes": changes}

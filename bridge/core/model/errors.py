"""The errors that cross packages."""

from __future__ import annotations

from collections.abc import Mapping


class BadSignature(Exception):
    """The request is not from the shop, by a `reason` without any value of it. `later`: newer keys may verify it."""

    def __init__(self, reason: str, *, later: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.later = reason, later


class BadPayload(Exception):
    """The shop's document cannot be read. `pointer` is a JSON pointer, `problem` holds no value of it."""

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(f"{pointer or '/'}: {problem}")
        self.pointer = pointer
        self.problem = problem


class BadRule(Exception):
    """A rule, or a value that it needs, cannot be used.

    where    the field: "when", "datas.total"
    problem  English, without any value of the document
    reason   the code of the sentence for a shopkeeper, where there is one; `facts` fill it
    """

    def __init__(
        self,
        where: str,
        problem: str,
        *,
        line: int = 0,
        column: int = 0,
        reason: str | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem
        self.line = line
        self.column = column
        self.reason = reason
        self.facts = dict(facts or {})

    def at(self, where: str) -> BadRule:
        """The same at another field."""
        place = {"line": self.line, "column": self.column}
        return BadRule(where, self.problem, reason=self.reason, facts=self.facts, **place)


class CannotFetch(Exception):
    """The shop's API cannot be used: its settings lack something. `reason` is a reason code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadSetting(Exception):
    """The bridge cannot start, or do its work, with these settings; the text says what to write."""

    def __init__(self, english: str, vietnamese: str | None = None) -> None:
        super().__init__(english)
        self.vietnamese = vietnamese or english


class StoreDown(Exception):
    """The database cannot be reached or written now; nothing was stored. The text says why, and what to do.

    Like `code`, the name of the cause or "", it holds no value of the settings.
    """

    def __init__(self, english: str, vietnamese: str | None = None, code: str = "") -> None:
        super().__init__(english)
        self.vietnamese = vietnamese or english
        self.code = code

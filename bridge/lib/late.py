"""Import a module when something of it is first used, for a program that may end before that.

Some libraries import at their top what few of their users ever need: SQLAlchemy takes asyncio along, with TLS, sockets
and subprocesses, and importlib.metadata, with e-mail and zip files. A look-up uses neither.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from importlib import import_module
from types import ModuleType
from typing import Any


def import_late(name: str, functions: Collection[str] = ()) -> None:
    """Let `import name` cost nothing until one of its names is asked for; nothing where it is imported already.

    functions   those that are asked for at the top of other modules: not to ask, only to call them imports it
    """
    if name in sys.modules:
        return
    late = _Late(name)
    for function in functions:
        setattr(late, function, late.calling(function))
    sys.modules[name] = late
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(import_module(parent), child, late)


class _Late(ModuleType):
    """Stands for a module in `sys.modules` until the module itself does; whoever has it still is led on."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module(), name)

    def calling(self, function: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            return getattr(self._module(), function)(*given, **named)

        return call

    def _module(self) -> ModuleType:
        # Threads that come here at once: one takes this away, and Python's own locks let all wait for the import.
        if sys.modules.get(self.__name__) is self:
            sys.modules.pop(self.__name__, None)
        return import_module(self.__name__)

"""bridge.lib.late: a module that is imported when something of it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEGIN = "import sys\nfrom bridge.lib.late import import_late\n"
ASYNCIO = "import_late('asyncio', functions=('iscoroutine',))\n"


def said(program: str) -> str:
    """What a new Python prints: what is imported stays so in a process."""
    done = subprocess.run([sys.executable, "-c", BEGIN + program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_alone_imports_nothing_of_it() -> None:
    named = "import asyncio, importlib.metadata\nis_one = asyncio.iscoroutine\n"
    program = ASYNCIO + "import_late('importlib.metadata')\n" + named + "print({'ssl', 'email'} & sys.modules.keys())"
    assert said(program) == "set()"


@pytest.mark.parametrize(
    "use",
    [
        "import asyncio; asyncio.run(asyncio.sleep(0))",
        "from asyncio import run, sleep; run(sleep(0))",
        "import asyncio.tasks; asyncio.run(asyncio.tasks.sleep(0))",
        "from asyncio import iscoroutine; assert not iscoroutine(1)",
        "import asyncio as before; before.Queue; import asyncio; assert asyncio.Queue is before.Queue",
    ],
)
def test_what_is_used_is_the_module_itself(use: str) -> None:
    program = ASYNCIO + use + "\nimport asyncio\nprint(asyncio.__spec__.name, 'asyncio.events' in sys.modules)"
    assert said(program) == "asyncio True"


def test_a_module_in_a_package_is_found_in_the_package() -> None:
    program = "import_late('importlib.metadata')\nfrom importlib import metadata\nprint(metadata.version('click'))"
    assert said(program)


def test_what_is_imported_already_stays() -> None:
    assert said("import asyncio\nbefore = asyncio\n" + ASYNCIO + "print(sys.modules['asyncio'] is before)") == "True"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        said(ASYNCIO + "import asyncio\nasyncio.nothing")
    assert "AttributeError: module 'asyncio' has no attribute 'nothing'" in failed.value.stderr


def test_threads_that_use_it_at_once_all_find_it() -> None:
    program = (
        ASYNCIO + "import asyncio, threading\n"
        "begin, found = threading.Barrier(8), []\n"
        "def use():\n"
        "    begin.wait()\n"
        "    found.append(asyncio.Queue)\n"
        "threads = [threading.Thread(target=use) for _ in range(8)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
        "print(len(found), len(set(found)))"
    )
    assert said(program) == "8 1"

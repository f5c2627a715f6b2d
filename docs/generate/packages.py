"""The packages of the bridge, from the import contract in pyproject.toml and each package's own first sentence."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

from bridge.core.model.texts import Language
from docs.generate.markdown import Blocks, table

ROOT = Path(__file__).parents[2]
HEADS = {"en": ("package", "what it does"), "vi": ("gói", "việc nó làm (tiếng Anh)")}


def packages(language: Language) -> str:
    """The layers, the highest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    names = [name.strip() for layer in layers for name in layer.split("|")]
    rows = [(f"[`{name}`]({_link(name)})", _first_sentence(_source(name))) for name in names if name != "__main__"]
    return table(HEADS[language], rows)


def _source(name: str) -> Path:
    package = ROOT / "bridge" / name / "__init__.py"
    return package if package.exists() else ROOT / "bridge" / f"{name}.py"


def _link(name: str) -> str:
    return f"../bridge/{name}" if (ROOT / "bridge" / name).is_dir() else f"../bridge/{name}.py"


def _first_sentence(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n\n")[0]


BLOCKS: Blocks = {"packages": packages}

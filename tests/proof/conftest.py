"""Which form runs, by which seed; and all scenes of it side by side, for most of their time they only wait."""

from __future__ import annotations

import os
import random

import pytest

# Their assertions shall tell what they saw, as those of a test do.
SCENES = ("scene", "kills", "copies", "hints", "clocks", "cuts", "disks", "groups", "silences", "strangers")
pytest.register_assert_rewrite(*(f"tests.proof.{name}" for name in SCENES))

LONG, SEED = "PROOF_LONG", "PROOF_SEED"


@pytest.fixture(scope="session")
def long() -> bool:
    return os.environ.get(LONG) == "1"


@pytest.fixture(scope="session")
def seed() -> int:
    return int(os.environ.get(SEED) or random.SystemRandom().randrange(10**6))

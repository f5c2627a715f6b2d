"""Passwords: kept as argon2id digests, never in clear."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MOST_CHARACTERS = 1_000


def hash_password(password: str) -> str:
    """The digest to keep, with its own salt and cost."""
    return _hasher().hash(password)


def is_password(password: str, digest: str | None) -> bool:
    """Whether the digest is of this password. Without a digest it takes as long, and is not."""
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415

    if len(password) > MOST_CHARACTERS:
        return False
    try:
        return _hasher().verify(digest or _nobodys(), password) and digest is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    """OWASP's second choice for argon2id (Password Storage Cheat Sheet): 19 MiB, so that two at once fit anywhere."""
    from argon2 import PasswordHasher  # noqa: PLC0415

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys() -> str:
    return hash_password("")

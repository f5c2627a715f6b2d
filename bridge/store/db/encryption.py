"""Encryption of credentials at rest: Fernet keys derived by HKDF from BRIDGE_SECRET_KEY's texts; and sessions' keys.

Most look-ups open nothing: who seals or opens imports the cryptography.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridge.core.model import BadSetting

if TYPE_CHECKING:
    from cryptography.fernet import Fernet, MultiFernet


@dataclass(frozen=True, repr=False)
class Seal:
    """The first key encrypts, every key decrypts. `fingerprints` name the keys in order, without showing them."""

    fernet: MultiFernet
    fingerprints: tuple[str, ...]
    keys: tuple[Fernet, ...]

    def close(self, value: Any) -> str:
        return self.fernet.encrypt(json.dumps(value).encode()).decode()

    def open(self, sealed: str, owner: str) -> Any:
        """The value that was sealed; BadSetting naming `owner` when no key of today opens it."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415

        try:
            return json.loads(self.fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise BadSetting(
                f"BRIDGE_SECRET_KEY opens none of the stored secrets of {owner}; "
                "add the key that sealed them (after a comma), or apply the source again"
            ) from None

    def opens(self, sealed: str) -> bool:
        """Whether a key of today opens it."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415

        try:
            self.fernet.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def first_alone(self) -> Seal:
        """The first key without the others."""
        from cryptography.fernet import MultiFernet  # noqa: PLC0415

        return Seal(MultiFernet(self.keys[:1]), self.fingerprints[:1], self.keys[:1])

    def renew(self, sealed: str) -> str:
        """The same value under the first key."""
        return self.fernet.rotate(sealed.encode()).decode()


def make_seal(keys: tuple[str, ...]) -> Seal:
    """Errors: ValueError without any key."""
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415

    each = tuple(Fernet(base64.urlsafe_b64encode(_derive(key, 32, b"vbot-bridge encryption"))) for key in keys)
    return Seal(MultiFernet(each), tuple(map(fingerprint, keys)), each)


def fingerprint(key: str) -> str:
    """A name for a key, such as 3f9a-1c2e, from which it cannot be found."""
    name = _derive(key, 4, b"vbot-bridge fingerprint").hex()
    return f"{name[:4]}-{name[4:]}"


def session_keys(keys: tuple[str, ...]) -> tuple[bytes, ...]:
    """What signs the console's sessions: the first signs, every one verifies."""
    return tuple(_derive(key, 32, b"vbot-bridge sessions") for key in keys)


def trace_secret(key: str) -> bytes:
    """From which the ids of traces follow; of it nobody finds the key."""
    return _derive(key, 32, b"vbot-bridge traces")


def _derive(key: str, length: int, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(key.encode())

"""Encryption of credentials at rest: Fernet keys derived by HKDF from BRIDGE_SECRET_KEY's texts."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridge.core.model import BadSetting


@dataclass(frozen=True, repr=False)
class Seal:
    """The first key encrypts, every key decrypts."""

    fernet: MultiFernet

    def close(self, value: Any) -> str:
        return self.fernet.encrypt(json.dumps(value).encode()).decode()

    def open(self, sealed: str, owner: str) -> Any:
        """The value that was sealed; BadSetting naming `owner` when no key of today opens it."""
        try:
            return json.loads(self.fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise BadSetting(
                f"BRIDGE_SECRET_KEY opens none of the stored secrets of {owner}; "
                "add the key that sealed them (after a comma), or apply the source again"
            ) from None

    def renew(self, sealed: str) -> str:
        """The same value under the first key."""
        return self.fernet.rotate(sealed.encode()).decode()


def make_seal(keys: tuple[str, ...]) -> Seal:
    return Seal(MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(key))) for key in keys]))


def _derive(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"vbot-bridge encryption").derive(key.encode())

"""The file of secrets under a passphrase, so that a backup may hold it.

The passphrase becomes a key by scrypt, and the key encrypts by AES-256-GCM:
salt (16 bytes), nonce (12 bytes), cipher.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from features.errors import BackupRefused, SettingsError

SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32
MIN_LENGTH = 12
COST = 2**15
USE = b"liuke secrets"


def sealed(content: bytes, passphrase: str) -> bytes:
    """The content under the passphrase. Raises SettingsError for a short one."""
    if len(passphrase) < MIN_LENGTH:
        raise SettingsError(f"the passphrase is short; expected at least {MIN_LENGTH} characters")
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    return salt + nonce + _cipher(passphrase, salt).encrypt(nonce, content, USE)


def opened(content: bytes, passphrase: str) -> bytes:
    """What was sealed. Raises BackupRefused for another passphrase."""
    salt, rest = content[:SALT_BYTES], content[SALT_BYTES:]
    try:
        return _cipher(passphrase, salt).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], USE)
    except (InvalidTag, ValueError):
        raise BackupRefused(
            "the passphrase is not the one of the backup. Nothing was changed."
        ) from None


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    key = Scrypt(salt=salt, length=KEY_BYTES, n=COST, r=8, p=1).derive(passphrase.encode())
    return AESGCM(key)

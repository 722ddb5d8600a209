"""The file of secrets: numbered master keys, and the key that erased customers are known by.

    <home>/secrets/keys.json    or where LIUKE_SECRETS says, outside the home

No database holds a key, so that a copy of the database alone opens nothing. The file is made when
a key is first needed, and readable by its owner alone; one that others may read is refused.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from features.disk.atomic import json_text, replacing
from features.errors import OutputError, SettingsError
from features.home import Home

PLACE = "LIUKE_SECRETS"
SCHEMA_VERSION = 1
KEY_BYTES = 32
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, repr=False)
class Secrets:
    """The keys: master keys by number, the newest is the one in use; `erased` never changes."""

    keys: dict[int, bytes]
    erased: bytes

    @property
    def newest(self) -> int:
        return max(self.keys)

    def derived(self, number: int, use: str) -> bytes:
        """The key for one use, from the master key of this number. Raises SettingsError."""
        if number not in self.keys:
            known = ", ".join(map(str, sorted(self.keys)))
            raise SettingsError(
                f"the secrets have no key {number}; there are {known}. Restore the file of "
                f"secrets that belongs to this database."
            )
        return hmac.digest(self.keys[number], f"liuke {use}".encode(), "sha256")

    def erased_hash(self, customer_id: str) -> str:
        """By what an erased customer is known, and by nothing else."""
        return hmac.digest(self.erased, customer_id.encode(), "sha256").hex()


def secrets_path(home: Path) -> Path:
    """Where the file of secrets is: as LIUKE_SECRETS says, else in the home."""
    named = os.environ.get(PLACE)
    return Path(named) if named else Home(home).secrets


def read_secrets(home: Path) -> Secrets | None:
    """The secrets, null where there are none yet.

    Raises SettingsError where others than the owner may read the file, or it is damaged.
    """
    path = secrets_path(home)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    if mode & OTHERS:
        raise SettingsError(
            f"{path} may be read by others than its owner (mode {mode & 0o777:04o}); expected "
            f"0600. Run `chmod 600 {path}`, then `liuke secrets rotate`."
        )
    return parsed(content, str(path))


def parsed(content: bytes, where: str) -> Secrets:
    """The secrets in the content of a file. Raises SettingsError where it is damaged."""
    try:
        found = json.loads(content)
        keys = {int(number): _key(key) for number, key in found["keys"].items()}
        if found["schema"] != SCHEMA_VERSION or not keys or min(keys) < 1:
            raise ValueError("another schema, or no keys")
        return Secrets(keys, _key(found["erased"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        # Without the cause: its text could repeat a part of a key.
        raise SettingsError(
            f"{where} is not a file of secrets of this version of Liuke. Restore it from where "
            f"its copy is kept; without it phone numbers cannot be read."
        ) from None


def made_secrets(home: Path) -> Secrets:
    """The secrets; made now where there are none. Of several that make them, one does."""
    found = read_secrets(home)
    if found is not None:
        return found
    new = Secrets({1: secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES))
    path = secrets_path(home)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
        try:
            _write(temporary, new)
            os.link(temporary, path)  # unlike a rename it leaves a file that is there
        except FileExistsError:
            pass
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror}. Nothing was changed. Let this user write "
            f"there, or name another place with {PLACE}."
        ) from error
    made = read_secrets(home)
    assert made is not None
    return made


def write_secrets(home: Path, new: Secrets) -> None:
    """Replace the secrets in one step. Raises OutputError."""
    with replacing(secrets_path(home)) as temporary:
        _write(temporary, new)


def with_new_key(old: Secrets) -> Secrets:
    """The same with one key more, the one in use from now on."""
    keys = old.keys | {old.newest + 1: secrets.token_bytes(KEY_BYTES)}
    return Secrets(keys, old.erased)


def text_of(own: Secrets) -> str:
    """The content of the file."""
    keys = {str(number): key.hex() for number, key in own.keys.items()}
    return json_text({"schema": SCHEMA_VERSION, "keys": keys, "erased": own.erased.hex()})


def _write(path: Path, own: Secrets) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text_of(own))
        file.flush()
        os.fsync(file.fileno())


def _key(text: str) -> bytes:
    key = bytes.fromhex(text)
    if len(key) != KEY_BYTES:
        raise ValueError("a key of another length")
    return key

"""One file of many: a tar whose last member lists the others with their sizes and hashes.

The first member says what the file is and of which version, so that a newer one is refused before
anything is read. Without the last one the file was cut short.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from features.disk.atomic import json_text
from features.errors import BackupRefused

SCHEMA_VERSION = 1
HEADER, MANIFEST = "backup.json", "manifest.json"
PIECE = 1 << 20


class Writer:
    """Adds members; each is hashed as it is written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._listed: list[dict[str, Any]] = []

    def add(self, name: str, file: Path) -> None:
        """Add the file as `name`."""
        with file.open("rb") as content:
            self._add(name, file.stat().st_size, content)

    def add_text(self, name: str, text: str) -> None:
        content = text.encode()
        self._add(name, len(content), io.BytesIO(content))

    def close(self) -> None:
        """Write the list of all members: now the file is complete."""
        content = json_text({"members": self._listed}).encode()
        info = _info(MANIFEST, len(content))
        self._tar.addfile(info, io.BytesIO(content))

    def _add(self, name: str, size: int, content: IO[bytes]) -> None:
        hashing = _Hashing(content)
        self._tar.addfile(_info(name, size), hashing)
        self._listed.append({"name": name, "size": size, "sha256": hashing.digest.hexdigest()})


class _Hashing(io.RawIOBase):
    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._content.read(size)
        self.digest.update(piece)
        return piece


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


@contextmanager
def writing_archive(path: Path, header: dict[str, Any]) -> Iterator[Writer]:
    """Write members into the new file `path`, for its owner alone; complete at the block's end."""
    path.touch(0o600, exist_ok=False)
    with (
        path.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=3, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        writer = Writer(tar)
        writer.add_text(HEADER, json_text({"schema": SCHEMA_VERSION} | header))
        yield writer
        writer.close()


def unpack(path: Path, folder: Path) -> dict[str, Any]:
    """Write the members into `folder`, all of them checked; the header.

    Raises BackupRefused where the file is not a backup, cut short, altered or of a newer version;
    what is in `folder` then must not be used.
    """
    try:
        with tarfile.open(path, mode="r|gz") as tar:
            return _unpack(path, tar, folder)
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, KeyError, TypeError) as e:
        if isinstance(e, OSError) and not isinstance(e, gzip.BadGzipFile) and e.errno:
            raise
        raise BackupRefused(
            f"{path} is not a whole backup ({type(e).__name__}): it was cut short or altered. "
            f"Nothing was changed. Take another copy of it."
        ) from e


def _unpack(path: Path, tar: tarfile.TarFile, folder: Path) -> dict[str, Any]:
    header: dict[str, Any] | None = None
    found: list[dict[str, Any]] = []
    for member in tar:
        content = tar.extractfile(member)
        if content is None or not member.isreg():
            raise ValueError("a member that is not a file")
        if member.name == MANIFEST:
            if json.loads(content.read())["members"] != found or tar.next() is not None:
                raise ValueError("the members are not those that the manifest lists")
            assert header is not None
            return header
        target = folder / _safe(member.name)
        if target.exists():
            raise ValueError("a member twice")
        found.append({"name": member.name} | _copied(content, target))
        if header is None:
            header = _header(path, target)
    raise EOFError


def _header(path: Path, file: Path) -> dict[str, Any]:
    if file.name != HEADER:
        raise ValueError("another file")
    header: dict[str, Any] = json.loads(file.read_text("utf-8"))
    if header["schema"] > SCHEMA_VERSION:
        raise BackupRefused(
            f"{path} was written by a newer version of Liuke (schema {header['schema']}; this one "
            f"reads {SCHEMA_VERSION}). Nothing was changed. Restore it with that version."
        )
    return header


def _copied(content: IO[bytes], target: Path) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as file:
        target.chmod(0o600)
        while piece := content.read(PIECE):
            digest.update(piece)
            size += file.write(piece)
    return {"size": size, "sha256": digest.hexdigest()}


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError("a member outside the folder")
    return path

"""What a file is by its first bytes, and its content out of gzip, zip, bzip2, xz or zstd."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa

from features.errors import FileRefused

CUT_OFF = "The file is damaged or cut off: deliver it again."
PACKED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
SUFFIXES = {".gz": "gzip", ".zip": "zip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
OTHERS = {
    b"ORC": "ORC",
    b"Obj\x01": "Avro",
    b"ARROW1": "Arrow (Feather)",
    b"SQLite format 3": "SQLite",
    b"%PDF": "PDF",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
    b"<html": "HTML",
    b"<!DOCTYPE html": "HTML",
    b"<?xml": "XML",
}
PARQUET = b"PAR1"
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_LAYERS = 3
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile, ValueError)


def kind_of(path: Path, name: str) -> str:
    """parquet, spreadsheet, text, or how the file is packed (gzip, zip, ...), by its first bytes.

    Raises FileRefused for what is known to be none of them, and for an empty file.
    """
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise FileRefused(f"{name} is empty; expected at least its column names. {CUT_OFF}")
    if head.startswith(PARQUET):
        return "parquet"
    if head.startswith(OLD_EXCEL):
        return "spreadsheet"
    other = next((kind for sign, kind in OTHERS.items() if head.lstrip().startswith(sign)), None)
    if other is not None:
        raise FileRefused(
            f"{name} is {other}; expected delimited text (CSV), JSON, Parquet or an Excel workbook"
        )
    kind = next((kind for sign, kind in PACKED.items() if head.startswith(sign)), "text")
    return "spreadsheet" if kind == "zip" and _is_workbook(path, name) else kind


def unpacked(path: Path, name: str, work: Path) -> tuple[Path, list[str]]:
    """The content of a packed file, written into the folder `work`, and how it was packed.

    A file that is not packed is returned as it is. Raises FileRefused.
    """
    layers: list[str] = []
    suffix = SUFFIXES.get(path.suffix.lower())
    while (kind := kind_of(path, name)) in PACKED.values():
        if len(layers) == MAX_LAYERS:
            raise FileRefused(f"{name} is packed more than {MAX_LAYERS} times; unpack it")
        target = work / f"unpacked-{len(layers)}"
        with _damage(name), _opened(path, kind, name) as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain, 1 << 20)
        layers.append(kind)
        path = target
    if suffix is not None and not layers:
        raise FileRefused(f"{name} cannot be read: by its name it is {suffix}, by its content not")
    return path, layers


def _is_workbook(path: Path, name: str) -> bool:
    with _damage(name), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    return any(one in names for one in ("xl/workbook.xml", "xl/workbook.bin")) or (
        "content.xml" in names and "mimetype" in names
    )


@contextmanager
def _opened(path: Path, kind: str, name: str) -> Iterator[IO[bytes]]:
    if kind == "zip":
        with zipfile.ZipFile(path) as archive, archive.open(_only(archive, name)) as member:
            yield member
        return
    openers: dict[str, Any] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
    with openers[kind](path) if kind in openers else _zstd(path) as stream:
        yield stream


def _zstd(path: Path) -> Any:
    return pa.input_stream(str(path), compression="zstd")


def _only(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """The one file of an archive, apart from what systems add to theirs."""
    files = [
        one
        for one in archive.infolist()
        if not one.is_dir()
        and "__MACOSX" not in one.filename
        and not PurePosixPath(one.filename).name.startswith((".", "_"))
    ]
    if len(files) != 1:
        found = ", ".join(one.filename for one in files[:5]) or "none"
        raise FileRefused(
            f"{name} holds {len(files)} files ({found}); expected one. Unpack it, and name the "
            f"file to read."
        )
    if files[0].flag_bits & 1:
        raise FileRefused(f"{name} is encrypted; unpack it with its password first")
    return files[0]


@contextmanager
def _damage(name: str) -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        raise FileRefused(f"{name} cannot be read: {error}. {CUT_OFF}") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise FileRefused(f"{name} cannot be read: {error}. {CUT_OFF}") from error

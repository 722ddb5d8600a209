"""Where a customer's id stands in the files of a home, and how it is taken out of each."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from features.disk.atomic import json_text, remove, replacing, replacing_together
from features.home import Home
from features.imports.erasure import erase_from_parquet, names

PIECE = 1 << 20
# What the night prepares of each customer: a file of SQLite each, and its table of them.
PREPARED = {"latest": "rows", "counter": "customers"}
RECEIPT = ".receipt.json"


def files_naming(home: Path, customer_id: str) -> list[Path]:
    """Every file of the home in which the id stands alone, or whose name has it."""
    word, named = _word(customer_id), _word(customer_id, beside="0-9A-Za-z")
    return sorted(
        path
        for path in _files(home)
        if named.search(path.name.encode()) or _holds(path, customer_id, word)
    )


def erase_from_rows(home: Path, customer_id: str) -> bool:
    """Take the customer out of what the night prepared; false where they are nowhere in it."""
    found = [
        _erase_from(getattr(Home(home), name), table, customer_id)
        for name, table in PREPARED.items()
    ]
    return any(found)


def _erase_from(path: Path, table: str, customer_id: str) -> bool:
    """Take the customer's row out of this table of a file of SQLite, and every trace of it."""
    if not path.is_file():
        return False
    with replacing(path) as temporary:
        shutil.copyfile(path, temporary)
        with closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
            found = connection.execute(f"delete from {table} where customer_id = ?", (customer_id,))
            count = found.rowcount
            connection.execute("vacuum")
        if not count:
            shutil.copyfile(path, temporary)
    return bool(count)


def erase_from_files(home: Path, customer_id: str) -> int:
    """Take the customer out of scores, matrices, quarantine, lists and pictures; how many files.

    A line of a CSV is removed, with its receipt brought up to date; a workbook or a picture that
    names them is removed, since it was made about them.
    """
    changed = 0
    for path in files_naming(home, customer_id):
        if path.suffix == ".parquet":
            changed += erase_from_parquet(path, customer_id)
        elif path.suffix.lower() == ".csv":
            _erase_from_csv(path, customer_id)
            changed += 1
        elif path.suffix.lower() in (".xlsx", ".png"):
            remove(path)
            changed += 1
    return changed


def _erase_from_csv(path: Path, customer_id: str) -> None:
    content = path.read_bytes().decode("utf-8-sig")
    mark = "\ufeff" if path.read_bytes().startswith(b"\xef\xbb\xbf") else ""
    rows = list(csv.reader(io.StringIO(content, newline="")))
    kept = [row for row in rows if customer_id not in row]
    end = "\r\n" if "\r\n" in content else "\n"
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows(kept)
    new = (mark + text.getvalue()).encode()
    receipt = path.with_name(path.name + RECEIPT)
    if not receipt.is_file():
        with replacing(path) as temporary:
            temporary.write_bytes(new)
        return
    said = json.loads(receipt.read_text("utf-8"))
    gone = len(rows) - len(kept)
    said["sha256"] = hashlib.sha256(new).hexdigest()
    said["count"] = said["count"] - gone
    said["erased"] = said.get("erased", 0) + gone
    with replacing_together(receipt, path) as (new_receipt, new_path):
        new_receipt.write_text(json_text(said), "utf-8")
        new_path.write_bytes(new)


def _holds(path: Path, customer_id: str, word: re.Pattern[bytes]) -> bool:
    if path.suffix == ".parquet":
        return names(path, customer_id)
    if path.suffix.lower() == ".xlsx":
        return _in_workbook(path, word)
    rest = b""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            if word.search(rest + piece):
                return True
            rest = (rest + piece)[-4 * len(customer_id) - 8 :]
    return False


def _in_workbook(path: Path, word: re.Pattern[bytes]) -> bool:
    from zipfile import ZipFile

    with ZipFile(path) as book:
        return any(word.search(book.read(name)) for name in book.namelist())


def _files(home: Path) -> Iterator[Path]:
    for folder, _, files in os.walk(home):
        yield from (Path(folder, name) for name in files)


def _word(customer_id: str, beside: str = "0-9A-Za-z_-") -> re.Pattern[bytes]:
    """The id with none of the characters `beside` next to it: C1 does not stand in C10."""
    own = re.escape(customer_id)
    return re.compile(f"(?<![{beside}]){own}(?![{beside}])".encode())

"""A file of phone numbers into the operational database: CSV with customer_id and phone.

All or nothing, and the same file again changes nothing. A refusal names rows by their line and
never repeats a number.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select

from features.disk.erased import erased_hashes
from features.disk.locks import writing
from features.disk.secrets import made_secrets
from features.errors import ImportRefused
from features.progress import Progress, silent
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.customers.phones.numbers import normalised
from serving.customers.phones.phones import Ciphers, holders, keys_in_use, row_of
from serving.database.tables import LONGEST_ID, phones
from serving.phone_settings import PhoneSettings

COLUMNS = ("customer_id", "phone")
CHUNK = 5_000
AT_ONCE = 500
MAX_LISTED = 10
STEP = "phone numbers"

_stored = select(phones.c.customer_id, phones.c.phone_hmac, phones.c.key_number).where(
    phones.c.customer_id.in_(bindparam("customer_ids", expanding=True))
)
_remove = delete(phones).where(phones.c.customer_id == bindparam("own"))


@dataclass(frozen=True)
class PhonesImported:
    """Rows of the file: read = new + changed + unchanged + erased (customers who were erased)."""

    read: int
    new: int
    changed: int
    unchanged: int
    erased: int


def import_phones(
    home: Path,
    engine: Engine,
    file: Path,
    settings: PhoneSettings,
    now: datetime,
    progress: Progress = silent,
    entry: Entry | None = None,
) -> PhonesImported:
    """Bring the file's numbers into the database; a customer's earlier number is replaced.

    `entry`: the audit's row, in the same transaction; null for simulated customers. Raises
    ImportRefused, with the first rows at fault by line, SettingsError, OutputError and HomeBusy;
    nothing is changed then.
    """
    with writing(home, "liuke phones import"):
        ciphers = Ciphers(made_secrets(home))
        numbers, erased = _read(home, file, settings, ciphers, progress)

        def work(connection: Connection) -> tuple[int, int]:
            return _store(connection, numbers, ciphers, now, progress)

        if entry is not None:
            new, changed = record_now(engine, entry, now, work)
        else:
            with engine.begin() as connection:
                new, changed = work(connection)
    read = len(numbers) + erased
    return PhonesImported(read, new, changed, len(numbers) - new - changed, erased)


def _read(
    home: Path, file: Path, settings: PhoneSettings, ciphers: Ciphers, progress: Progress
) -> tuple[dict[str, str], int]:
    """The file's numbers by customer, and how many rows are of customers who were erased."""
    gone = erased_hashes(home)
    numbers: dict[str, str] = {}
    lines: dict[str, int] = {}
    faults: list[str] = []
    erased = 0
    for line, customer_id, phone in _rows(file):
        number = normalised(phone, settings)
        if gone and ciphers.secrets.erased_hash(customer_id) in gone:
            erased += 1
            continue
        fault = _fault(customer_id, number, numbers, lines)
        if fault:
            faults.append(f"line {line}: {fault}")
            if len(faults) > MAX_LISTED:
                break
            continue
        assert number is not None
        numbers[customer_id] = number
        lines[number] = line
        if len(numbers) % (20 * CHUNK) == 0:
            progress("reading phones", len(numbers), len(numbers) + 1)
    if faults:
        raise _refused(file, faults)
    return numbers, erased


def _fault(
    customer_id: str, number: str | None, numbers: Mapping[str, str], lines: Mapping[str, int]
) -> str:
    if not 1 <= len(customer_id) <= LONGEST_ID:
        return f"customer_id has {len(customer_id)} characters; expected 1 to {LONGEST_ID}"
    if number is None:
        return "phone is not a phone number"
    if customer_id in numbers:
        return f"customer_id {customer_id} occurs twice"
    if number in lines:
        return f"the phone stands in line {lines[number]} too"
    return ""


def _rows(file: Path) -> Iterator[tuple[int, str, str]]:
    """Line, customer and phone of each row. Raises ImportRefused for another form of file."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text, strict=True)
            header = [name.strip() for name in next(rows, [])]
            if sorted(header) != sorted(COLUMNS):
                raise ImportRefused(
                    f"{file.name} has the columns {', '.join(header) or 'none'}; expected "
                    f"{' and '.join(COLUMNS)}, and no others"
                )
            order = [header.index(name) for name in COLUMNS]
            for row in rows:
                if len(row) != len(COLUMNS):
                    if not row:
                        continue
                    raise ImportRefused(
                        f"{file.name}, line {rows.line_num}: {len(row)} fields; expected 2"
                    )
                yield rows.line_num, row[order[0]].strip(), row[order[1]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise ImportRefused(
            f"{file} cannot be read as CSV in UTF-8 ({reason}). Nothing was changed."
        ) from None


def _refused(file: Path, faults: list[str]) -> ImportRefused:
    shown = [f"  {fault}" for fault in faults[:MAX_LISTED]]
    more = ["  and more"] if len(faults) > MAX_LISTED else []
    return ImportRefused(
        "\n".join(
            [
                f"{file.name}: rows are at fault; nothing was imported",
                *shown,
                *more,
                "Correct the file, then import it again.",
            ]
        )
    )


def _store(
    connection: Connection,
    numbers: Mapping[str, str],
    ciphers: Ciphers,
    now: datetime,
    progress: Progress,
) -> tuple[int, int]:
    """Write what is new or changed; how many of each. Raises ImportRefused for a number held."""
    new, changed = _differing(connection, numbers, ciphers)
    for some in _chunks(changed, CHUNK):
        connection.execute(_remove, [{"own": own} for own in some])
    _check_free(connection, numbers, new + changed, ciphers)
    written = 0
    progress(STEP, 0, max(len(new) + len(changed), 1))
    for some in _chunks(new + changed, CHUNK):
        rows = [row_of(own, numbers[own], ciphers, now) for own in some]
        connection.execute(insert(phones), rows)
        written += len(some)
        progress(STEP, written, len(new) + len(changed))
    progress(STEP, 1, 1)
    return len(new), len(changed)


def _differing(
    connection: Connection, numbers: Mapping[str, str], ciphers: Ciphers
) -> tuple[list[str], list[str]]:
    """The customers who had no number, and those who had another."""
    new: list[str] = []
    changed: list[str] = []
    if not keys_in_use(connection):
        return list(numbers), []
    for some in _chunks(numbers, AT_ONCE):
        stored: dict[str, Any] = {
            row.customer_id: row for row in connection.execute(_stored, {"customer_ids": some})
        }
        for own in some:
            row = stored.get(own)
            if row is None:
                new.append(own)
            elif ciphers.hash(numbers[own], row.key_number) != row.phone_hmac:
                changed.append(own)
    return new, changed


def _check_free(
    connection: Connection, numbers: Mapping[str, str], own: list[str], ciphers: Ciphers
) -> None:
    keys = list(keys_in_use(connection))
    for some in _chunks(own, CHUNK):
        held = holders(connection, [numbers[one] for one in some], ciphers, keys) if keys else {}
        if held:
            taken = [one for one in some if numbers[one] in held]
            first = taken[0]
            raise ImportRefused(
                f"{len(taken):,} phones are held by other customers (first: that of {first} by "
                f"{held[numbers[first]]}). Nothing was imported. Name both customers in one "
                f"file, each with the phone that is theirs now.",
                customer_ids=taken[:MAX_LISTED],
            )


def _chunks(keys: Mapping[str, Any] | list[str], size: int) -> Iterator[list[str]]:
    left = iter(keys)
    while some := list(islice(left, size)):
        yield some

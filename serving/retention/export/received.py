"""A file that turned up: which of its columns may be customers' ids, and which may be scores."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from python_calamine import CalamineError, CalamineWorkbook

from features.disk.outputs import FORMULA_STARTS
from features.errors import FileRefused
from features.files.counting import even_records
from features.files.packed import kind_of
from features.files.prepared import Prepared, prepare
from features.files.text.layouts import Declared
from serving.retention.export.watermark import customer_blocks

SAMPLE = 2_000  # rows that are looked at, from the whole file
MAX_DIGITS = 6
NOISE = 1e-3  # of a unit, in numbers that a program computed with
NEARLY_ALL, MANY, A_FEW = 0.95, 0.3, 0.05
MAX_IDS = 3  # columns that are tried as ids
LOOKED_AT = 20  # values by which ids and measures are distinguished


@dataclass(frozen=True)
class Ids:
    """A column of customers' ids, hashed; `counts`: 1 where a customer comes up first, else 0."""

    name: str
    blocks: bytes
    counts: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """A column of numbers: `digits` stand behind the point in nearly all of them.

    `signs`: of each row, 1 where it is odd in units of the last digit, -1 where it is even, 0 where
    nothing can be read from it: no number, a zero, or more digits.
    """

    name: str
    digits: int
    is_share: bool
    signs: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Received:
    """The file's rows in all, and of a sample of them the columns of ids and of numbers."""

    rows: int
    ids: Sequence[Ids]
    scores: Sequence[Score]

    @property
    def signs(self) -> npt.NDArray[np.float64]:
        """A row a score."""
        return np.stack([score.signs for score in self.scores])


def read_received(path: Path, known: Collection[str] | None = None) -> Received:
    """The columns of a CSV or a workbook, however it was sorted, cut, renamed or saved again.

    `known`: ids of customers; a column in which hardly any stands is not one of ids. Raises
    FileRefused where the file cannot be read.
    """
    if not path.is_file():
        raise FileRefused(f"{path}: no such file")
    with TemporaryDirectory() as work:
        ready = prepare(path, path.name, Path(work), Declared(sheet=_largest_sheet(path)))
        columns = _sample(ready)
    ids = {name: texts for name, texts in columns.items() if _may_be_ids(texts, known)}
    likely = sorted(ids, key=lambda name: _ids_first(name, ids[name]))[:MAX_IDS]
    scores = [score for name, texts in columns.items() if (score := _score(name, texts))]
    return Received(ready.rows, [_hashed(name, ids[name]) for name in likely], scores)


def _largest_sheet(path: Path) -> str | None:
    """A list's book has a sheet of explanations too; null for what is not a workbook."""
    if kind_of(path, path.name) != "spreadsheet":
        return None
    try:
        book = CalamineWorkbook.from_path(str(path))
        heights = {name: book.get_sheet_by_name(name).height for name in book.sheet_names}
    except CalamineError as error:
        raise FileRefused(f"{path.name} is not a workbook that can be read: {error}") from error
    return max(heights, key=lambda name: heights[name])


def _sample(ready: Prepared) -> dict[str, list[str]]:
    """Rows from the whole file, column by column; a name that occurs twice counts once."""
    if ready.layout is None:
        raise FileRefused(f"{ready.name} is {ready.form}; expected a CSV or an XLSX")
    step = max(1, ready.rows // SAMPLE)
    names = list(ready.layout.names)
    records = even_records(ready.path, ready.layout, ready.name, lenient=True)
    below = islice(records, int(ready.layout.header), None, step)
    rows = [[text.strip() for text in row] for row in below if len(row) == len(names)]
    if not ready.layout.header:
        names = [str(place) for place in range(1, len(names) + 1)]
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _may_be_ids(texts: Sequence[str], known: Collection[str] | None) -> bool:
    there = [own for own in map(_plain, texts) if own]
    if len(there) < len(texts) / 2 or len(set(there)) < len(there) * MANY:
        return False
    if known is not None:
        return sum(own in known for own in there) >= len(there) * A_FEW
    return not any(_is_fraction(text) for text in there[:LOOKED_AT])


def _is_fraction(text: str) -> bool:
    number = _number(text)
    return isfinite(number) and not number.is_integer()


def _hashed(name: str, texts: Sequence[str]) -> Ids:
    """A customer's digits count once."""
    own = [_plain(text) for text in texts]
    first = {one: place for place, one in reversed(list(enumerate(own)))}
    counts = [float(bool(one) and first[one] == place) for place, one in enumerate(own)]
    return Ids(name, customer_blocks(own), np.array(counts))


def _plain(text: str) -> str:
    """Without the apostrophe that a CSV has before what looks like a formula."""
    is_guarded = text.startswith("'") and text[1:].startswith(FORMULA_STARTS)
    return text[1:] if is_guarded else text


def _ids_first(name: str, texts: Sequence[str]) -> tuple[bool, bool]:
    """What is called an id first; columns of texts before those of numbers, such as ranks."""
    return "id" not in name.lower() and "编号" not in name, all(
        map(str.isdecimal, texts[:LOOKED_AT])
    )


def _score(name: str, texts: Sequence[str]) -> Score | None:
    numbers = np.array([_number(text) for text in texts], float)
    there = np.isfinite(numbers)
    filled = sum(map(bool, texts))
    if not filled or there.sum() < filled * NEARLY_ALL:
        return None
    digits = _digits(numbers[there])
    if digits is None:
        return None
    units = numbers * 10.0**digits
    is_read = there & (np.abs(units - np.rint(units)) < NOISE) & (np.rint(units) != 0)
    signs = np.where(is_read, np.rint(np.where(is_read, units, 0)) % 2 * 2 - 1, 0)
    inside = numbers[there]
    return Score(name, digits, bool(((inside >= 0) & (inside <= 1)).all()), signs)


def _digits(numbers: npt.NDArray[np.float64]) -> int | None:
    """How many digits behind the point nearly all of the numbers need; null for more than 6."""
    for digits in range(MAX_DIGITS + 1):
        units = numbers * 10.0**digits
        if np.mean(np.abs(units - np.rint(units)) < NOISE) >= NEARLY_ALL:
            return digits
    return None


def _number(text: str) -> float:
    """The number in a cell, also with a percent sign or commas between thousands; else NaN."""
    try:
        return float(text.removesuffix("%").replace(",", ""))
    except ValueError:
        return float("nan")

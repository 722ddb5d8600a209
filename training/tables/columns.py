"""What each column of a table holds: inferred once from the training rows, then kept.

The kinds: `number`, `date`, `yes/no` and `category` are read by the model; `identifier`,
`constant` and `empty` are not. Nothing here looks at the target. A `Column` stands in the bundle
as it is, so that scoring reads a value as training did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

import pandas as pd

from features.errors import TableRefused
from training.tables.identifiers import names_rows, numbers_rows
from training.tables.texts import (
    FORMATS,
    ISO,
    LIKE_A_DATE,
    MISSING,
    NO_NUMBERS,
    STYLES,
    earliest,
    numbers,
    texts,
)

NUMBER, DATE, YES_NO, CATEGORY = "number", "date", "yes/no", "category"
IDENTIFIER, CONSTANT, EMPTY = "identifier", "constant", "empty"
READ = (NUMBER, DATE, YES_NO, CATEGORY)  # by the model

YES_NO_WORDS = (
    ("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"),
    ("否", "是"), ("无", "有"), ("nein", "ja"), ("non", "oui"), ("нет", "да"),
)  # fmt: skip
NEARLY_ALL = 0.95  # above this the other values are mistakes, not another kind
MOST_MARKS = 5  # texts among numbers that can stand for a missing value


@dataclass(frozen=True)
class Column:
    """One column as training found it.

    `style` is how numbers are written, `form` how dates are, `origin` the day that dates are
    counted from, `missing` the texts that stand for a missing value, `no` and `yes` the two words
    of a yes/no, in small letters. `note` says in words what was found, `dropped` why the model does
    not read it.
    """

    name: str
    kind: str
    note: str = ""
    dropped: str = ""
    style: str = "point"
    form: str = ""
    origin: str = ""
    missing: tuple[str, ...] = ()
    no: str = ""
    yes: str = ""

    @property
    def is_read(self) -> bool:
        """Whether the model reads it."""
        return not self.dropped

    @property
    def is_category(self) -> bool:
        """Whether its values are texts that maps turn into numbers."""
        return self.kind in (CATEGORY, YES_NO)


def infer_columns(
    rows: pd.DataFrame, dropped: Collection[str] = (), kept: Collection[str] = ()
) -> tuple[Column, ...]:
    """The columns of `rows`, in their order.

    `dropped` are left out by wish, `kept` are read though they look like identifiers. Raises
    TableRefused where a column is numbers or dates but for a few values.
    """
    found = []
    for name in rows.columns:
        if name in dropped:
            found.append(Column(name, "left out", dropped="left out by --drop"))
            continue
        column = infer(name, rows[name], may_be_identifier=name not in kept)
        found.append(column)
    return tuple(found)


def infer(name: str, values: pd.Series, *, may_be_identifier: bool = True) -> Column:
    """What the values of one column are."""
    own = texts(values)
    counts = Counter(own[own != MISSING].tolist())
    absent = int((own == MISSING).sum())
    if not counts:
        return Column(name, EMPTY, dropped="holds no value")
    if len(counts) == 1 and not absent:
        return Column(name, CONSTANT, dropped=f"is {next(iter(counts))!r} in every row")
    column = _typed(name, values) or _numbers(name, counts) or _dates(name, counts, values)
    column = column or _words(name, counts)
    key = _key(column, counts, values) if may_be_identifier else ""
    if key:
        column = Column(name, IDENTIFIER, dropped=key)
    missing = f"{absent:,} missing" if absent else ""
    return replace(column, note="; ".join(part for part in (column.note, missing) if part))


def _typed(name: str, values: pd.Series) -> Column | None:
    """By the type of the column, as Parquet has it."""
    kind = values.dtype
    if pd.api.types.is_bool_dtype(kind):
        return Column(name, YES_NO, no="false", yes="true")
    if pd.api.types.is_numeric_dtype(kind):
        return Column(name, NUMBER)
    if pd.api.types.is_datetime64_any_dtype(kind):
        return _date(name, values, ISO)
    return None


def _date(name: str, values: pd.Series, form: str) -> Column:
    origin = earliest(values, form).date().isoformat()
    return Column(name, DATE, f"days since {origin}", form=form, origin=origin)


def _numbers(name: str, counts: Counter[str]) -> Column | None:
    """Numbers written as text, but for at most a few texts that stand for missing ones."""
    told = [text for text in counts if text.lower() not in NO_NUMBERS]
    if not told:
        return None
    best: tuple[int, str, list[str]] | None = None
    for style, pattern in STYLES.items():
        others = [text for text in told if not pattern.fullmatch(text)]
        rows = sum(counts[text] for text in others)
        if best is None or rows < best[0]:
            best = (rows, style, others)
        if not others:
            break
    assert best is not None
    rows, style, others = best
    share = 1 - rows / counts.total()
    if not others:
        return Column(name, NUMBER, style=style)
    if share > 0.5 and len(others) <= MOST_MARKS and len(told) - len(others) > MOST_MARKS:
        marks = tuple(sorted(others))
        return Column(
            name, NUMBER, f"{_quoted(marks)} counts as missing", style=style, missing=marks
        )
    if share >= NEARLY_ALL:
        _refuse_mixed(name, "numbers", rows, counts, others)
    return None


def _dates(name: str, counts: Counter[str], values: pd.Series) -> Column | None:
    """Dates written as text, all in one form."""
    told = [text for text in counts if text.lower() not in NO_NUMBERS]
    alike = [text for text in told if LIKE_A_DATE.fullmatch(text)]
    if sum(counts[text] for text in alike) < NEARLY_ALL * counts.total() or not alike:
        return None
    series = pd.Series(told, dtype=object)
    for form in FORMATS:
        if pd.to_datetime(series, format=form, errors="coerce", utc=True).notna().all():
            return _date(name, values, form)
    if len(alike) < len(told):
        others = [text for text in told if text not in set(alike)]
        _refuse_mixed(name, "dates", sum(counts[text] for text in others), counts, others)
    return None


def _words(name: str, counts: Counter[str]) -> Column:
    for no, yes in YES_NO_WORDS:
        if {text.lower() for text in counts} == {no, yes}:
            return Column(name, YES_NO, no=no, yes=yes)
    return Column(name, CATEGORY, f"{len(counts):,} levels")


def _key(column: Column, counts: Counter[str], values: pd.Series) -> str:
    if column.kind == CATEGORY:
        return names_rows(counts)
    if column.kind == NUMBER:
        absent = NO_NUMBERS | set(column.missing)
        different = sum(text.lower() not in absent and text not in absent for text in counts)
        return numbers_rows(numbers(values, column.style, column.missing)[0], different)
    return ""


def _refuse_mixed(name: str, what: str, rows: int, counts: Counter[str], others: list[str]) -> None:
    raise TableRefused(
        f"column {name}: {counts.total() - rows:,} values are {what}, {rows:,} are not "
        f"({_quoted(sorted(others)[:3])}). Correct or empty them, or leave the column out with "
        f"--drop.",
        column=name,
    )


def _quoted(found: Collection[str]) -> str:
    return ", ".join(repr(text[:40]) for text in found)

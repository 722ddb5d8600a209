"""What each column of a table holds: inferred once from the training rows.

Every value of a column is of one form, or the column is refused with the question, or the note
says what counts as missing. Nothing here looks at the target.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from features.errors import TableRefused
from training.columns import (
    CATEGORY,
    CONSTANT,
    EMPTY,
    IDENTIFIER,
    NUMBER,
    ROW_NUMBER,
    YES_NO,
    TableColumn,
)
from training.columns.found_dates import compact_date_column, date_column
from training.columns.found_numbers import clock_column, number_column, parts_column
from training.columns.identifiers import is_index, names_codes, names_rows, numbers_rows
from training.forms import date_forms, numerals
from training.forms.clocks import CLOCK
from training.forms.marks import NEARLY_ALL, quoted, shown
from training.forms.numerals import numbers
from training.forms.texts import OTHER, TEXT, TRUTH, Seen, seen
from training.forms.words import truth_of


def infer_columns(
    rows: pd.DataFrame,
    dropped: Collection[str] = (),
    kept: Collection[str] = (),
    read: Mapping[str, str] | None = None,
) -> tuple[TableColumn, ...]:
    """The columns of `rows`, in their order.

    `dropped` are excluded unseen, `kept` are read though they look like identifiers; `read` says
    of a column how its dates or numbers are written. Raises TableRefused where a column is in
    doubt, or is numbers or dates but for a few values.
    """
    choices = read or {}
    found = tuple(
        TableColumn(name, "excluded", dropped="excluded by --drop")
        if name in dropped
        else infer(
            name,
            rows[name],
            may_be_identifier=name not in kept,
            choice=choices.get(name, ""),
        )
        for name in rows.columns
    )
    there = rows[[column.name for column in found if column.is_read]]
    first = np.asarray(~there.duplicated())
    if first.all():
        return found
    return tuple(
        _checked_once(column, there[first])
        if column.is_read and column.name not in kept and column.name not in choices
        else column
        for column in found
    )


def _checked_once(column: TableColumn, rows: pd.DataFrame) -> TableColumn:
    """The column, or why it is a key of `rows`, the first of equal ones, since copies share one.

    The other columns must part the rows too, or whatever is left of few columns were a key.
    """
    values = rows[column.name]
    key = _key(column, seen(values), values)
    others = rows.drop(columns=column.name)
    if not key or others.empty or others.duplicated().mean() > 1 - NEARLY_ALL:
        return column
    return TableColumn(column.name, IDENTIFIER, column.note, dropped=key)


def infer(
    name: str, values: pd.Series, *, may_be_identifier: bool = True, choice: str = ""
) -> TableColumn:
    """What the values of one column are; `choice` is its --read, if any."""
    own = seen(values)
    counts = own.counts
    _refuse_others(name, own)
    if not counts:
        return TableColumn(name, EMPTY, dropped="holds no value")
    if len(counts) == 1 and not own.absent:
        return TableColumn(name, CONSTANT, dropped=f"is {next(iter(counts))!r} in every row")
    code = names_codes(counts) if may_be_identifier and not choice else ""
    column = (
        TableColumn(name, IDENTIFIER, dropped=code) if code else _of_kind(name, own, values, choice)
    )
    if may_be_identifier and column.is_read:
        if key := _key(column, own, values):
            column = TableColumn(name, IDENTIFIER, dropped=key)
        elif index := _index(column, own, values):
            column = TableColumn(name, ROW_NUMBER, dropped=index)
    marks = f"{shown(own.marks)} counts as missing" if own.marks else ""
    missing = f"{own.absent:,} missing" if own.absent else ""
    return replace(column, note="; ".join(part for part in (column.note, marks, missing) if part))


def _refuse_others(name: str, own: Seen) -> None:
    if own.of(OTHER):
        what = " and ".join(sorted(own.of(OTHER)))
        raise TableRefused(
            f"column {name} holds {what}; expected one number, date or text per row. Convert it, "
            f"or exclude it with --drop {name}.",
            columns=[name],
        )


def _of_kind(name: str, own: Seen, values: pd.Series, choice: str) -> TableColumn:
    if choice == CATEGORY:
        return _category(name, own)
    date = choice in date_forms.CHOICES
    number = choice in numerals.CHOICES
    found = (
        (None if date or number else _truths(name, own))
        or (None if date or number else compact_date_column(name, own, values))
        or (None if date or number else parts_column(name, own))
        or (None if date else number_column(name, own, choice))
        or (None if number else date_column(name, own, values, choice))
        or (None if date or number else clock_column(name, own))
    )
    if found is None and choice:
        raise TableRefused(
            f"column {name} is not {'dates' if date else 'numbers'}: it has values such as "
            f"{quoted(list(own.counts)[:3])}. Remove --read {name}={choice}.",
            column=name,
        )
    return found or _category(name, own)


def _truths(name: str, own: Seen) -> TableColumn | None:
    """Words that plainly mean yes or no, both of them; 0 and 1 alone are numbers."""
    counts = own.counts
    truths = {text: truth_of(text) for text in counts}
    if not own.of(TRUTH) and (None in truths.values() or len(set(truths.values())) < 2):
        return None
    if None in truths.values():
        return None
    words = [text for text in counts if not text.replace(".", "").isdigit()]
    if not words:
        return None
    yes, no = (
        max((text for text in truths if truths[text] is one), key=lambda t: counts[t], default="")
        for one in (True, False)
    )
    note = f"written {quoted(sorted(counts))}" if own.of(TEXT) else ""
    return TableColumn(
        name, YES_NO, note, no=no.casefold() or "false", yes=yes.casefold() or "true"
    )


def _category(name: str, own: Seen) -> TableColumn:
    return TableColumn(name, CATEGORY, f"{len(own.counts):,} levels")


def _key(column: TableColumn, own: Seen, values: pd.Series) -> str:
    """Why the column numbers or names the rows, else ""; amounts never do."""
    if column.kind == CATEGORY:
        return names_rows(own.counts)
    if column.kind != NUMBER or column.style == CLOCK or _are_amounts(column, own):
        return ""
    different = sum(text not in column.missing for text in own.counts)
    return numbers_rows(numbers(values, column.style, column.missing)[0], different)


def _index(column: TableColumn, own: Seen, values: pd.Series) -> str:
    """Why numbers are those of the rows as a program wrote them, else ""."""
    if column.kind != NUMBER or column.style == CLOCK or _are_amounts(column, own):
        return ""
    return is_index(column.name, numbers(values, column.style, column.missing)[0])


def _are_amounts(column: TableColumn, once: Seen) -> bool:
    """Whether numbers are written as amounts are: with a unit, a decimal or groups of thousands."""
    written = once.of(TEXT)
    return bool(column.unit) or any(not one.lstrip("+-").isdecimal() for one in written)

"""Searches as SQL over the night's scores. Names come from the declared fields alone, and every
value of a caller is a parameter: no text of theirs stands in a statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from features.disk.outputs import FORMULA_STARTS
from serving.access.principal import Scope
from serving.customers.base.grammar import Filter, Search, Value
from serving.customers.fields import FIELDS, Field

PLACE = "file_row_number"  # rows lie in the order of the customers, so it orders them too


@dataclass
class Statement:
    """A text with marks, and the values that stand at them."""

    values: list[Any] = field(default_factory=list)

    def mark(self, value: Any) -> str:
        """The mark at which the value stands."""
        self.values.append(value)
        return f"${len(self.values)}"


@dataclass(frozen=True)
class Base:
    """The customers of a night whom a caller may know: the file, their scope, who objects.

    `objectors`: the customers who object to automated decisions, whose predictions are missing.
    """

    path: str
    scope: Scope
    objectors: tuple[str, ...] = ()

    def rows(self, made: Statement) -> str:
        """The relation in which everything is searched."""
        source = f"read_parquet({made.mark(self.path)}, file_row_number = true)"
        within = [f"{name} = {made.mark(value)}" for name, value in self.scope.limits.items()]
        where = f" where {' and '.join(within)}" if within else ""
        if not self.objectors:
            return f"(select * from {source}{where})"
        objecting = f"select unnest({made.mark(list(self.objectors))}::varchar[]) as objector"
        predictions = ", ".join(
            f"case when objector is null then {own.source} end as {own.source}"
            for own in FIELDS.values()
            if own.from_model
        )
        return (
            f"(select * exclude (objector) replace ({predictions}) from {source}"
            f" left join ({objecting}) on objector = customer_id{where})"
        )


def counted(base: Base, search: Search) -> tuple[str, list[Any]]:
    """How many customers the search finds."""
    made = Statement()
    text = f"select count(*) from {base.rows(made)}{_where(search.filters, made)}"
    return text, made.values


def listed(
    base: Base, search: Search, limit: int | None, after: Sequence[Value] | None = None
) -> tuple[str, list[Any]]:
    """The customers that it finds, in order: id, its columns as shown, then what marks the place.

    `after`: the mark of the last one of the page before.
    """
    made = Statement()
    columns = ["customer_id", *(_shown(own) for own in search.columns)]
    columns += [*(_ranked(own.field) for own in search.sort), PLACE]
    order = ", ".join(_order(search))
    rows, where = base.rows(made), _where(search.filters, made)
    if after is not None:
        where += f"{' and ' if where else ' where '}{_beyond(search, after, made)}"
    if limit is not None and search.sort:
        # First whose rows, by the few columns that decide it: of a million customers the others
        # are read for these alone.
        found = f"select {PLACE} from {rows}{where} order by {order} limit {limit:d}"
        rows, where = base.rows(made), f" where {PLACE} in ({found})"
    text = f"select {', '.join(columns)} from {rows}{where} order by {order}"
    return text + ("" if limit is None else f" limit {limit:d}"), made.values


def one(base: Base, customer_id: str, columns: Sequence[Field]) -> tuple[str, list[Any]]:
    """The customer's columns, as shown; no row where the caller may not know them."""
    made = Statement()
    shown, rows = ", ".join(_shown(own) for own in columns), base.rows(made)
    return f"select {shown} from {rows} where customer_id = {made.mark(customer_id)}", made.values


def written(base: Base, search: Search, path: str) -> tuple[str, list[Any]]:
    """Writes all that it finds, as shown, into a CSV file at this path of ours."""
    made = Statement()
    shown = ", ".join(f"{_cell(own, made)} as {own.name}" for own in search.columns)
    rows, where = base.rows(made), _where(search.filters, made)
    order = ", ".join(_order(search))
    query = f"select {shown} from {rows}{where} order by {order}"
    quoted = path.replace("'", "''")
    return f"copy ({query}) to '{quoted}' (format csv, header)", made.values


def broken_down(base: Base, search: Search, limit: int) -> tuple[str, list[Any]]:
    """How many customers it finds by the fields of `by`, the most first."""
    made = Statement()
    keys = ", ".join(f"{_band(own, made)} as {own.name}" for own in search.by)
    rows, where = base.rows(made), _where(search.filters, made)
    text = f"select {keys}, count(*) as customers from {rows}{where} group by all"
    places = ", ".join(str(place + 1) for place in range(len(search.by)))
    return f"{text} order by customers desc, {places} limit {limit:d}", made.values


def members(base: Base, group_id: str) -> tuple[str, list[Any]]:
    """How many customers of this group the caller may know."""
    own = Filter(FIELDS["group_id"], (group_id,))
    return counted(base, Search((own,)))


def _where(filters: Sequence[Filter], made: Statement) -> str:
    conditions = [_condition(own, made) for own in filters]
    return f" where {' and '.join(conditions)}" if conditions else ""


def _condition(own: Filter, made: Statement) -> str:
    column = own.field.source
    if own.values is None:
        ends = [
            f"{column} {sign} {made.mark(end)}"
            for sign, end in ((">=", own.minimum), ("<=", own.maximum))
            if end is not None
        ]
        return " and ".join(ends)
    known = [value for value in own.values if value is not None]
    either = [f"{column} is null"] if len(known) < len(own.values) else []
    if known:
        either.append(f"{column} in ({', '.join(made.mark(value) for value in known)})")
    return f"({' or '.join(either)})"


def _order(search: Search) -> list[str]:
    keys = ((_ranked(own.field), own.descending) for own in search.sort)
    return [*(f"{key} {'desc' if down else 'asc'} nulls last" for key, down in keys), PLACE]


def _cell(own: Field, made: Statement) -> str:
    """A cell of a CSV: what is shown, with all its digits; no text begins a formula."""
    if own.kind == "number":
        return f"printf('%.{own.digits:d}f', {_shown(own)})"
    if own.kind != "text" or own.levels:
        return own.source
    begins = f"list_contains({made.mark(list(FORMULA_STARTS))}::varchar[], left({own.source}, 1))"
    return f"case when {begins} then '''' || {own.source} else {own.source} end"


def _shown(own: Field) -> str:
    return f"round({own.source}, {own.digits:d})" if own.kind == "number" else own.source


def _ranked(own: Field) -> str:
    """What orders the customers by a field: of levels, their place."""
    if not own.levels:
        return own.source
    places = " ".join(f"when '{level}' then {place}" for place, level in enumerate(own.levels))
    return f"case {own.source} {places} end"


def _beyond(search: Search, after: Sequence[Value], made: Statement) -> str:
    """The customers behind the one with these marks, in the order of the search."""
    keys = [(_ranked(own.field), own.descending) for own in search.sort]
    either, equal = [], ""
    for (key, descending), value in zip([*keys, (PLACE, False)], after, strict=True):
        if value is not None:  # behind a missing value there are only more missing ones
            mark = made.mark(value)
            either.append(f"({equal}({key} {'<' if descending else '>'} {mark} or {key} is null))")
            equal += f"{key} = {mark} and "
        else:
            equal += f"{key} is null and "
    return f"({' or '.join(either)})"


def _band(own: Field, made: Statement) -> str:
    """What a field is counted by: its value, or the band that its number lies in."""
    if not own.bands:
        return own.source
    first, *_, last = own.bands
    texts = [f"when {own.source} < {made.mark(first)} then '< {first:g}'"]
    texts += [
        f"when {own.source} < {made.mark(high)} then '{low:g} – {high:g}'"
        for low, high in zip(own.bands, own.bands[1:], strict=False)
    ]
    texts.append(f"when {own.source} >= {made.mark(last)} then '>= {last:g}'")
    return f"case {' '.join(texts)} end"

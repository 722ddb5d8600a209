"""The base as data: search, count and export the customers of the last night.

The night's scores hold what `serving.customers.fields` declares of each customer, in the order of
the customers; DuckDB reads the columns of a search from that file, and nothing is kept beside it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb

from features.errors import LakeError, RequestRefused, UnknownCustomers
from features.home import Home
from serving.access.principal import Scope
from serving.customers.base import statements
from serving.customers.base.grammar import LONGEST, Search, Value
from serving.customers.base.statements import Base
from serving.customers.fields import FIELDS, Field
from training.night import Night, open_latest

MEMORY = "512MB"
MAX_GROUPS = 1000
LARGEST = 2**63
NIGHTS = 60  # kept nights that a history of the risk shows

Rows = list[tuple[Any, ...]]


class CustomerBase:
    """The base of a home, safe to use from several threads; a new night is seen at once.

    Raises LakeError where no night was scored, its scores are lost, or an earlier version wrote
    them.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._checked = ""
        self._seen: tuple[object, Night] | None = None

    def search(self, search: Search, scope: Scope, objectors: Sequence[str] = ()) -> dict[str, Any]:
        """A page of what the search finds, how many there are in all, and the breakdown.

        Keys: as_of; `customers`, each with the search's columns; `customer_ids`; `count`;
        `after`, the mark for the next page, null at the end; `breakdown`, null without `by`: each
        group's values and `customers`; `more_groups`, whether there are more than MAX_GROUPS.
        Raises RequestRefused
        (`invalid_request`) for a mark of another search, (`stale_page`) for one of another night.
        """
        night, base = self._base(scope, objectors)
        after = None if search.after is None else _marked(search, night, search.after)
        found = self._run(*statements.listed(base, search, search.limit + 1, after))
        ((count,),) = self._run(*statements.counted(base, search))
        page, width = found[: search.limit], len(search.columns) + 1
        more = len(found) > search.limit
        groups = self._groups(base, search)
        return {
            "as_of": night.as_of,
            "count": count,
            "customers": [_named(search, row[1:width]) for row in page],
            "customer_ids": [row[0] for row in page],
            "after": _mark(search, night, page[-1][width:]) if more else None,
            "breakdown": groups if groups is None else groups[:MAX_GROUPS],
            "more_groups": groups is not None and len(groups) > MAX_GROUPS,
        }

    def count(self, search: Search, scope: Scope, objectors: Sequence[str] = ()) -> int:
        """How many customers the search finds."""
        _, base = self._base(scope, objectors)
        ((count,),) = self._run(*statements.counted(base, search))
        return int(count)

    def ids(self, search: Search, scope: Scope, objectors: Sequence[str] = ()) -> frozenset[str]:
        """All customers whom the search finds."""
        _, base = self._base(scope, objectors)
        return frozenset(row[0] for row in self._run(*statements.listed(base, search, None)))

    def one(self, customer_id: str, fields: Sequence[Field], scope: Scope) -> dict[str, Any]:
        """The customer's fields by name, as shown.

        Raises UnknownCustomers for one who is not of the base, or out of scope.
        """
        night, base = self._base(scope, ())
        found = self._run(*statements.one(base, customer_id, fields))
        if not found:
            raise UnknownCustomers(
                f"customer {customer_id[:LONGEST]!r} is not in the network at {night.as_of}, or "
                f"the id is wrong.",
                customer_ids=[customer_id[:LONGEST]],
            )
        names = (own.name for own in fields)
        return dict(zip(names, found[0], strict=True))

    def nights_of(self, customer_id: str) -> list[dict[str, Any]]:
        """What the kept nights predicted of the customer, the oldest first; the latest NIGHTS."""
        kept = sorted(Home(self._home).scores.glob("????-??-??-*.parquet"))[-NIGHTS:]
        columns = "as_of, churn_risk, value_tier, model_version"
        query = (
            f"select {columns} from read_parquet($1, union_by_name = true)"
            f" where customer_id = $2 order by as_of"
        )
        found = self._run(query, [[str(path) for path in kept], customer_id])
        return [
            {
                "as_of": f"{as_of:%F}", "churn_risk": risk, "value_tier": tier,
                "model_version": version,
            }
            for as_of, risk, tier, version in found
        ]  # fmt: skip

    def members(self, group_id: str, scope: Scope) -> int:
        """How many customers of this group a caller of this scope may know."""
        _, base = self._base(scope, ())
        ((count,),) = self._run(*statements.members(base, group_id))
        return int(count)

    def write_csv(
        self, path: Path, search: Search, scope: Scope, objectors: Sequence[str], max_ids: int
    ) -> tuple[str, int, tuple[str, ...] | None]:
        """Write all that the search finds to `path`: the night's date, how many, and their ids.

        The ids are null where they are more than `max_ids`.
        """
        night, base = self._base(scope, objectors)
        ((count,),) = self._run(*statements.written(base, search, str(path)))
        if count > max_ids:
            return night.as_of, count, None
        found = self._run(*statements.listed(base, Search(search.filters), None))
        return night.as_of, count, tuple(row[0] for row in found)

    def _groups(self, base: Base, search: Search) -> list[dict[str, Any]] | None:
        if not search.by:
            return None
        found = self._run(*statements.broken_down(base, search, MAX_GROUPS + 1))
        names = [*(own.name for own in search.by), "customers"]
        return [dict(zip(names, row, strict=True)) for row in found]

    def _run(self, text: str, values: list[Any]) -> Rows:
        try:
            found: Rows = self.cursor().execute(text, values).fetchall()
            return found
        except duckdb.IOException as error:
            raise lost(self._home, error) from error

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of the one connection in memory, for one thread."""
        with self._lock:
            if self._connection is None:
                # One thread: what searches read must not slow the counter down.
                self._connection = duckdb.connect(config={"threads": 1, "memory_limit": MEMORY})
                self._connection.execute("set parquet_metadata_cache = true")
            return self._connection.cursor()

    def _base(self, scope: Scope, objectors: Sequence[str]) -> tuple[Night, Base]:
        night = self.night()
        path = str(Home(self._home).scores / night.scores)
        if path != self._checked:
            self._check(path, night)
            self._checked = path
        return night, Base(path, scope, tuple(objectors))

    def night(self) -> Night:
        """The last night, read again once its file is replaced."""
        identity = _identity(Home(self._home).latest)
        if self._seen is None or self._seen[0] != identity:
            connection, night = open_latest(self._home)
            connection.close()
            self._seen = identity, night
        return self._seen[1]

    def _check(self, path: str, night: Night) -> None:
        query = "select name from parquet_schema($1)"
        names = {name for (name,) in self._run(query, [path])}
        absent = [own.source for own in FIELDS.values() if own.source not in names]
        if absent:
            raise LakeError(
                f"{path} was written by an earlier version, which kept no {', '.join(absent)} of "
                f"a customer. Run `liuke score --as-of {night.as_of[:10]}` again."
            )


def lost(home: Path, error: Exception) -> LakeError:
    """The refusal where the night's scores cannot be read."""
    return LakeError(
        f"the last night's scores in {home} cannot be read ({str(error).splitlines()[0]}). Run "
        f"`liuke score --as-of DATE`, which writes them again."
    )


def _named(search: Search, values: Sequence[Any]) -> dict[str, Any]:
    names = (own.name for own in search.columns)
    return dict(zip(names, values, strict=True))


def _mark(search: Search, night: Night, values: Sequence[Value]) -> str:
    """The place of a customer in the order of a search of a night, as text for an address."""
    content = json.dumps([night.scores, _order(search), list(values)], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _marked(search: Search, night: Night, mark: str) -> list[Value]:
    """The values of a mark. Raises RequestRefused where it is not one of this search and night."""
    wrong = RequestRefused(
        "invalid_request",
        "after: this is not a mark that the page before gave, or the order is another. Take it as "
        "it stands, with the same `sort`.",
    )
    try:
        content = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        scores, order, values = content
    except (ValueError, TypeError, RecursionError):
        raise wrong from None
    if order != _order(search) or not _fit(search, values):
        raise wrong
    if scores != night.scores:
        raise RequestRefused(
            "stale_page", "the base was scored again since that page; begin with the first one"
        )
    found: list[Value] = values
    return found


def _fit(search: Search, values: object) -> bool:
    """Whether the values of a mark are of the kinds that the order has."""
    if not isinstance(values, list) or len(values) != len(search.sort) + 1:
        return False
    fits = (
        value is None or _is_one(value, _kinds(own.field))
        for own, value in zip(search.sort, values, strict=False)
    )
    return _is_one(values[-1], (int,)) and all(fits)


def _is_one(value: object, kinds: tuple[type, ...]) -> bool:
    """Whether a caller's value is of these kinds, and one that a column could hold."""
    if isinstance(value, str):
        return str in kinds and not any("\ud800" <= one <= "\udfff" for one in value)
    if isinstance(value, bool):
        return bool in kinds
    is_number = isinstance(value, int | float) and -LARGEST < value < LARGEST
    return is_number and isinstance(value, kinds)


def _kinds(own: Field) -> tuple[type, ...]:
    """What the values are that a field is ordered by: of levels, their places."""
    if own.kind == "flag":
        return (bool,)
    return (int, float) if own.levels or own.is_number else (str,)


def _order(search: Search) -> str:
    return ",".join(("-" if own.descending else "") + own.field.name for own in search.sort)


def _identity(path: Path) -> object:
    status = path.stat() if path.exists() else None
    return None if status is None else (status.st_ino, status.st_mtime_ns, status.st_size)

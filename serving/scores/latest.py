"""The latest night's feature rows, one SQLite file for the service: `<home>/latest.sqlite`.

A row is a blob of float32 (`training.encoding.PRECISION`) in the features' order, NaN where
missing and for categories, and the categories as a JSON object; they become numbers only in the
bundle that scores them, so that a newly promoted version reads the same rows. Beside them stand
the exact sums of the latest bills, by which that version's bounds set the tier, and where the
customer belongs as known that night, by which a caller's scope is enforced. The file is replaced
in one step.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalogue.families import Feature
from features.disk.atomic import replacing
from features.errors import LakeError, UnknownCustomers
from features.histories.bills.tiers import SUMS as SUMS
from features.home import Home
from serving.access.principal import Scope
from training.encoding import PRECISION, Maps, Matrix, numbers
from training.night import SCHEMA as SCHEMA
from training.night import Night as Night
from training.night import damaged, open_latest

as_json = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would make one at each call
_from_json = json.JSONDecoder().decode


CategoryMap = tuple[int, str, dict[str, int] | dict[str, float]]  # place, name, codes

Place = tuple[str | None, ...]  # of a customer: the values of PLACES

PLACES = ("city", "store_id", "manager_id")  # what a scope can limit
EVERYONE = Scope()

_AMONG = "select customer_id from rows where customer_id in"
_SELECT = (
    f"select customer_id, numbers, categories, {', '.join(SUMS)} from rows where customer_id in"
)


@dataclass(frozen=True)
class Rows:
    """Rows in the requested order: numbers (n, features) with NaN, and categories by name.

    `sums`: bills, revenue_fen, margin_fen of the latest bills, shape (n, 3); 0 without any.
    """

    numbers: Matrix
    categories: list[dict[str, str]]
    sums: NDArray[np.int64]

    def encoded(self, maps: Sequence[CategoryMap]) -> Matrix:
        """The model's input, shape (n, features); a category not in its map is missing."""
        matrix = self.numbers.copy()
        for place, name, codes in maps:
            # A missing category has no key; an empty text is a category like any other.
            matrix[:, place] = [
                codes.get(own[name], np.nan) if name in own else np.nan for own in self.categories
            ]
        return matrix

    def of(self, features: Sequence[str], own: Sequence[str]) -> Rows:
        """The rows with the numbers of `features`, in that order; their own order is `own`."""
        return self._at(_places(features, own))

    def _at(self, places: list[int] | None) -> Rows:
        return self if places is None else replace(self, numbers=self.numbers[:, places])


def _places(features: Sequence[str], own: Sequence[str]) -> list[int] | None:
    """Where each of the features stands among the rows' own; null where all stand as they do."""
    if tuple(features) == tuple(own):
        return None
    places = {name: place for place, name in enumerate(own)}
    return [places[name] for name in features]


def category_maps(features: Sequence[str], maps: Maps) -> tuple[CategoryMap, ...]:
    """A bundle's maps with the places of their features: computed once a champion."""
    return tuple((features.index(name), name, codes) for name, codes in maps.items())


def write_latest(home: Path, rows: pd.DataFrame, features: Sequence[Feature], night: Night) -> None:
    """Replace `latest.sqlite`: customer_id, the features, and `SUMS` and `PLACES` if known."""
    with replacing_latest(home, night) as add:
        add(rows["customer_id"], rows_of(rows, features), places_of(rows))


@contextmanager
def replacing_latest(
    home: Path, night: Night
) -> Iterator[Callable[[Iterable[str], Rows, Iterable[Place]], None]]:
    """Yield what adds customers: ids, rows and places; they take the old ones' place at the end.

    The rows have the night's features, in order.
    """
    with replacing(Home(home).latest) as temporary:
        connection = sqlite3.connect(temporary)
        try:
            connection.executescript(
                "pragma journal_mode=off; pragma synchronous=off;"
                "create table night (content text not null);"
                "create table rows (customer_id text primary key, city text, store_id text,"
                " manager_id text, numbers blob not null, categories text not null,"
                " bills integer not null, revenue_fen integer not null,"
                " margin_fen integer not null) without rowid;"
            )
            content = json.dumps(asdict(night))
            connection.execute("insert into night values (?)", (content,))

            def add(customer_ids: Iterable[str], rows: Rows, places: Iterable[Place]) -> None:
                connection.executemany(
                    "insert into rows values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    _blobs(customer_ids, rows, places),
                )

            yield add
            connection.commit()
        except sqlite3.OperationalError as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()


class Latest:
    """The latest rows, open for reading; safe to use from several threads.

    Raises LakeError where there are none, or none that this version of the program reads.
    """

    def __init__(self, home: Path) -> None:
        self._path = Home(home).latest
        self._connection, self.night = open_latest(home)
        self._known: tuple[Sequence[str], list[int] | None] = (self.night.features, None)

    def rows(
        self,
        customer_ids: Sequence[str],
        features: Sequence[str] | None = None,
        scope: Scope = EVERYONE,
    ) -> Rows:
        """The rows of these customers, in order, with the numbers of `features` (default: all).

        Customers outside the scope are refused as those who do not exist. Raises UnknownCustomers
        naming the absent, and LakeError where the file is damaged, or has no places while the
        scope limits them.
        """
        ids = list(dict.fromkeys(customer_ids))
        try:
            found = self._found(ids, scope.limits)
        except sqlite3.DatabaseError as error:
            raise damaged(self._path, error) from error
        absent = [customer_id for customer_id in ids if customer_id not in found]
        if absent:
            raise UnknownCustomers(
                f"no score for {len(absent)} of {len(ids)} customers: they are not in the network "
                f"at {self.night.as_of}, or the id is wrong.",
                customer_ids=absent,
            )
        chosen = [found[customer_id] for customer_id in customer_ids]
        values = np.frombuffer(b"".join(blob for blob, _, _ in chosen), dtype="<f4")
        own = self.night.features
        rows = Rows(
            values.reshape(len(chosen), len(own)),
            [_from_json(categories) for _, categories, _ in chosen],
            np.array([sums for _, _, sums in chosen], dtype=np.int64).reshape(-1, len(SUMS)),
        )
        return rows if features is None else rows._at(self._places(features))

    def _places(self, features: Sequence[str]) -> list[int] | None:
        """Where the features stand; found again only where others are requested than before."""
        known, places = self._known
        if features is not known:
            places = _places(features, self.night.features)
            self._known = features, places
        return places

    def _found(
        self, ids: Sequence[str], limits: dict[str, str]
    ) -> dict[str, tuple[bytes, str, tuple[int, ...]]]:
        """Numbers, categories and sums of those of these customers that are within the limits."""
        if limits and not self._has_places:
            raise LakeError(
                f"{self._path} was written by an earlier version, which kept no city, store and "
                f"manager of a customer, so callers of a limited scope cannot be answered. Run "
                f"`liuke score --as-of {self.night.as_of[:10]}` again."
            )
        found: dict[str, tuple[bytes, str, tuple[int, ...]]] = {}
        within = "".join(f" and {name} = ?" for name in limits)
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            query = f"{_SELECT} ({_marks(part)}){within}"
            values = (*part, *limits.values())
            for customer_id, blob, categories, *sums in self._connection.execute(query, values):
                found[customer_id] = (blob, categories, tuple(sums))
        return found

    @cached_property
    def _has_places(self) -> bool:
        columns = self._connection.execute("select name from pragma_table_info('rows')").fetchall()
        return {name for (name,) in columns} >= set(PLACES)

    def is_current(self, home: Path) -> bool:
        """Whether no other night has taken this one's place since."""
        latest = Latest(home)
        latest.close()
        return latest.night == self.night

    def close(self) -> None:
        self._connection.close()


def customers_among(home: Path, ids: Sequence[str], scope: Scope = EVERYONE) -> set[str]:
    """Which of these ids have a row within the scope; the file is opened for this, some 0.1 ms.

    Raises LakeError where the file is not there or damaged, or has no places while the scope
    limits them.
    """
    path, found, limits = Home(home).latest, set[str](), scope.limits
    within = "".join(f" and {name} = ?" for name in limits)
    try:
        # Read only, or SQLite makes an empty file where there is none.
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            for start in range(0, len(ids), 500):
                part = ids[start : start + 500]
                query = (
                    f"select customer_id from rows where customer_id in ({_marks(part)}){within}"
                )
                values = (*part, *limits.values())
                found.update(own for (own,) in connection.execute(query, values))
    except (sqlite3.Error, OSError) as error:
        raise damaged(path, error) from error
    return found


def _marks(part: Sequence[str]) -> str:
    return ",".join("?" * len(part))


def rows_of(rows: pd.DataFrame, features: Sequence[Feature]) -> Rows:
    """The rows of the matrix as the service keeps them."""
    return Rows(_numbers_of(rows, features), _categories_of(rows, features), _sums_of(rows))


def places_of(rows: pd.DataFrame) -> Iterable[Place]:
    """The customers' `PLACES`; null where not known or not delivered."""
    empty = pd.Series(None, index=rows.index, dtype="object")
    columns = (rows.get(name, empty) for name in PLACES)
    return zip(*(own.astype("object").where(own.notna(), None) for own in columns), strict=True)


def _numbers_of(rows: pd.DataFrame, features: Sequence[Feature]) -> Matrix:
    """The rows' numbers of shape (n, features), NaN where missing and for categories."""
    found = np.full((len(rows), len(features)), np.nan, dtype=PRECISION)
    for place, feature in enumerate(features):
        if not feature.is_category:
            found[:, place] = numbers(rows[feature.name])
    return found


def _sums_of(rows: pd.DataFrame) -> NDArray[np.int64]:
    """The rows' `SUMS`, shape (n, 3); 0 where no bill is known or none are delivered."""
    if SUMS[0] not in rows:
        return np.zeros((len(rows), len(SUMS)), dtype=np.int64)
    sums: NDArray[np.int64] = rows[list(SUMS)].fillna(0).to_numpy(dtype=np.int64)
    return sums


def _categories_of(rows: pd.DataFrame, features: Sequence[Feature]) -> list[dict[str, str]]:
    """The rows' categories by name, without the missing ones."""
    names = [feature.name for feature in features if feature.is_category]
    columns = [rows[name].astype("object").where(rows[name].notna(), None) for name in names]
    return [
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in zip(*columns, strict=True)
    ]


def _blobs(
    customer_ids: Iterable[str], rows: Rows, places: Iterable[Place]
) -> Iterator[tuple[Any, ...]]:
    numbers = rows.numbers.astype("<f4", copy=False)
    parts = zip(customer_ids, places, numbers, rows.categories, rows.sums.tolist(), strict=True)
    for customer_id, place, own, categories, sums in parts:
        yield customer_id, *place, own.tobytes(), as_json(categories), *sums

"""One feed of an import on its way: read, checked, compared, and written as a finished part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from features.errors import FileRefused, ImportRefused, SettingsError
from features.feeds import Column, Feed
from features.files.prepared import UnevenRow
from features.imports.commit import Addition
from features.imports.erasure.erased import Erased
from features.imports.failures import unconverted
from features.imports.fields import instants
from features.imports.fields.checks import PLAIN, ROW, literal, quoted, reason
from features.imports.fields.instants import Moment, Now, Zones
from features.imports.fields.reading import AS_IT_STANDS
from features.imports.fields.values import Raw, moment, typed
from features.imports.quarantine import BadRows, quarantine_file, quarantined
from features.imports.queries.extracts import refusal
from features.imports.queries.files import Extract, FileRead
from features.imports.queries.mapping import Source
from features.imports.versions import compare
from features.lake import Clock, StoredFeed, in_order, part_paths


@dataclass(frozen=True)
class FeedReport:
    """What became of a feed's rows: read = new + versions + ignored + quarantined + erased.

    Rows of its files with other fields than their header are quarantined too.

    `new`: facts that the lake did not have. `versions`: corrections of facts. `ignored`: rows
    that say what is known already. `clock` and `delay_days`: where `known_at` came from.
    `known_by_day`: rows whose `known_at` is a day without a time; they count from its end.
    `erased`: rows of customers who were erased and do not come back.
    `files`: what the query read, each file with all its rows; it may filter, join or add them up.
    """

    feed: str
    read: int
    new: int
    versions: int
    ignored: int
    quarantined: tuple[BadRows, ...]
    quarantine_file: str | None
    clock: Clock
    delay_days: float | None
    known_by_day: int = 0
    erased: int = 0
    files: tuple[FileRead, ...] = ()

    @property
    def bad(self) -> int:
        """The number of quarantined rows."""
        return sum(rows.rows for rows in self.quarantined)

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Place:
    """Where an import reads and writes: the home, the extract, its own folder, its name."""

    home: Path
    extract: Extract
    work: Path
    import_id: str


@dataclass(frozen=True)
class Job:
    """What is imported for one feed: how to read it, its zones, the moment, what is stored."""

    feed: Feed
    source: Source
    zones: Zones
    now: Now
    stored: StoredFeed | None


def stage(
    connection: duckdb.DuckDBPyConnection, job: Job, place: Place
) -> tuple[FeedReport, Addition | None]:
    """Read and check one feed; its report, and the part to be added if there is news.

    The first import of a feed adds a part even without rows, so that its columns are known.
    Raises ImportRefused if the files, the query or its columns are not as agreed, OutputError
    if the disk is full. Bad rows are written to the quarantine and counted.
    """
    files: list[FileRead] = []
    try:
        sql, files, uneven = place.extract.query(job.source)
        report, addition = _stage(connection, job, place, sql, uneven)
        return replace(report, files=tuple(files)), addition
    except FileRefused as error:
        raise ImportRefused(f"{job.feed.name}: {error.message}", feed=job.feed.name) from error
    except (ImportRefused, SettingsError) as error:
        raise type(error)(f"{job.feed.name}: {error.message}", feed=job.feed.name) from error
    except duckdb.Error as error:
        names = [one.file for one in files]
        failed = unconverted(error, job.feed.name, [place.extract.folder / name for name in names])
        if failed is not None:
            raise failed from error
        raise refusal(error, job.feed.name, place.extract.folder, names) from error


def _stage(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    place: Place,
    sql: str,
    uneven: Sequence[UnevenRow],
) -> tuple[FeedReport, Addition | None]:
    feed = job.feed
    described = connection.execute(f"DESCRIBE {sql}").fetchall()
    sources = _sources(job, [name for name, *_ in described])
    columns = in_order(feed, set(sources))
    if job.stored is not None and job.stored.columns != columns:
        raise ImportRefused(
            "the columns are not those that the lake has of this feed\n"
            + _difference(job.stored.columns, columns)
            + "\nDeliver the same columns, or import everything into a new home."
        )
    kinds = {name: kind for name, kind, *_ in described}
    raw = {
        name: Raw(source, kinds[source], job.source.read.get(source, AS_IT_STANDS))
        for name, source in sources.items()
    }
    checked = place.work / f"{feed.name}.checked.parquet"
    ((read,),) = connection.execute(
        f"COPY ({_checked(job, raw, sql)}) TO {literal(str(checked))} "
        "(FORMAT parquet, COMPRESSION snappy)"
    ).fetchall()
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW delivered AS SELECT *, file_row_number AS row_id "
        f"FROM read_parquet({literal(str(checked))}, file_row_number = true)"
    )
    erased = Erased(place.home)
    kept, hidden = erased.hide(connection, "delivered", columns)
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW checked AS SELECT * FROM delivered WHERE {kept}"
    )
    uneven_kept = erased.without(uneven)
    stored = part_paths(place.home, job.stored) if job.stored else []
    verdict = compare(connection, feed, columns, stored, job.now.local)
    ((by_day,),) = connection.execute(
        "SELECT count(*) FROM checked WHERE known_day AND fault IS NULL"
    ).fetchall()
    path = quarantine_file(place.home, place.import_id, feed.name)
    bad = tuple(quarantined(connection, feed, sources, path, uneven_kept))
    clock: Clock = "recorded" if job.source.delay_days is None else "assumed"
    report = FeedReport(
        feed=feed.name,
        read=read + len(uneven),
        new=verdict.new,
        versions=verdict.versions,
        ignored=verdict.ignored,
        quarantined=bad,
        quarantine_file=str(path) if bad else None,
        clock=clock,
        delay_days=job.source.delay_days,
        known_by_day=by_day,
        erased=hidden + len(uneven) - len(uneven_kept),
    )
    rows = verdict.new + verdict.versions
    if rows == 0 and job.stored is not None:
        return report, None
    part = _write_part(connection, feed, columns, place.work)
    return report, Addition(part, rows, columns, clock, job.source.delay_days)


def _sources(job: Job, found: list[str]) -> dict[str, str]:
    """The raw column of each column of the feed that is present, clocks included."""
    clocks = {"event_time": job.source.event_time}
    if job.source.known_at is not None:
        clocks["known_at"] = job.source.known_at
    expected = [column.name for column in job.feed.columns if not column.optional]
    optional = [column.name for column in job.feed.columns if column.optional]
    missing = {*expected, *clocks.values()} - set(found)
    unknown = set(found) - {*expected, *optional, *clocks.values()}
    if missing or unknown or len(set(found)) < len(found):
        allowed = [*dict.fromkeys([*expected, *clocks.values()])]
        optional = [name for name in optional if name in found]
        raise ImportRefused(
            "the query's columns are not those of the feed\n"
            + _difference(tuple(dict.fromkeys([*allowed, *optional])), tuple(found))
            + "\nName them so in the query, and select no others."
        )
    own = {column.name: column.name for column in job.feed.columns if column.name in found}
    return own | clocks


def _difference(expected: tuple[str, ...], found: tuple[str, ...]) -> str:
    """The two lists as a diff: `-` expected and missing, `+` found and not expected."""
    lines = [f"  - {name}" for name in expected if name not in found]
    lines += [f"  + {name}" for name in dict.fromkeys(found) if name not in expected]
    lines += [f"  + {name} (twice)" for name in dict.fromkeys(found) if found.count(name) > 1]
    return "\n".join(["  (- expected, + found)", *lines])


def _checked(job: Job, raw: dict[str, Raw], sql: str) -> str:
    """SQL of the typed rows with `known_day`, `fault` (null if good) and, if bad, the raw row."""
    values = {
        column.name: typed(column, raw[column.name], job.zones)
        for column in job.feed.columns
        if column.name in raw
    }
    event = moment(Column("event_time", "timestamp"), raw["event_time"])
    known = Moment()
    if "known_at" in raw:
        known = moment(Column("known_at", "timestamp"), raw["known_at"])
    values |= instants.columns(event, known)
    values_of = {one.name: one.plain() for one in raw.values()}
    plain = f"struct_pack({', '.join(f'{quoted(n)} := {v}' for n, v in values_of.items())})"
    names = ", ".join(f"{value} AS {quoted(name)}" for name, value in values.items())
    known_at = (
        instants.known_at(job.zones, job.now)
        if job.source.delay_days is None
        else instants.assumed(job.source.delay_days, job.now)
    )
    helpers = ", ".join(name for name in instants.HELPERS if name != "known_day")
    return (
        f"SELECT * EXCLUDE ({ROW}, {PLAIN}, {helpers}), "
        f"CASE WHEN fault IS NOT NULL THEN to_json({ROW}) END AS {ROW} "
        f"FROM (SELECT *, {reason(job.feed, raw, job.zones, job.now)} AS fault "
        f"FROM (SELECT *, {known_at} AS known_at "
        f"FROM (SELECT *, {instants.event_time(job.zones)} AS event_time "
        f"FROM (SELECT {names}, {ROW}, {PLAIN} FROM (SELECT {PLAIN}.*, {PLAIN}, {ROW} "
        f"FROM (SELECT {ROW}, {plain} AS {PLAIN} FROM (\n{sql}\n) AS {ROW}))))))"
    )


def _write_part(
    connection: duckdb.DuckDBPyConnection, feed: Feed, columns: tuple[str, ...], work: Path
) -> Path:
    # By customer: weekly sums read it two to three times as fast as in the order of days.
    customer = [column for column in columns if column == "customer_id"]
    order = dict.fromkeys([*customer, *feed.key, "known_at"])
    values = ", ".join(quoted(name) for name in columns if name != "known_at")
    part = work / f"{feed.name}.parquet"
    connection.execute(
        f"COPY (SELECT {values}, "
        "greatest(event_time, coalesce(moved.known_at, checked.known_at)) AS known_at "
        "FROM checked LEFT JOIN moved USING (row_id) "
        "WHERE fault IS NULL AND row_id NOT IN (SELECT row_id FROM not_stored) "
        f"ORDER BY {', '.join(map(quoted, order))}) "
        f"TO {literal(str(part))} (FORMAT parquet, COMPRESSION zstd)"
    )
    return part

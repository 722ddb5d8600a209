"""The mapping file: how one operator's extract becomes the feeds, one SQL query a feed.

    max_bad_share = 0.01                 # above this share of bad rows nothing is imported

    [operator]                           # optional: becomes the settings of a new home
    timezone = "Asia/Shanghai"
    currency = "CNY"

    [feed.bills]
    sql = "select uid as customer_id, ..., issued, learned from read_csv('bills_*.csv')"
    event_time = "issued"                # a column of the query
    known_at = "learned"                 # a column of the query; or, where it was not recorded,
    # delay_days = 2                     # known_at is event_time plus this, marked as assumed
    timezone = "UTC"                     # optional: the zone of times that carry no offset
    encoding = "gbk"                     # optional: of the feed's text files; else by evidence
    files = ["bills_*.csv"]              # optional: of these alone
    max_bad_share = 0.05                 # optional: for this feed alone

    [feed.bills.read]                    # optional: how columns of the query are read
    revenue_fen = {times = 100, thousands = ","}
    issued = {format = "%d.%m.%Y %H:%M"}

File names in the SQL are relative to the folder given as `--from`, and only files in it can
be read. CSV readers guess types: `all_varchar = true` keeps leading zeros of ids, and makes a
single wrong value a bad row instead of an unreadable file. A query that converts with `cast` or
`strptime` fails as a whole at one wrong value; declared under `read` (see `reading`), the
conversion makes one bad row of it.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from features.errors import SettingsError
from features.feeds import CLOCKS, FEEDS, Column
from features.imports.fields.reading import Conversion
from features.settings import read_toml


@dataclass(frozen=True)
class Source:
    """Where one feed comes from. Exactly one of `known_at` and `delay_days` is present."""

    sql: str
    event_time: str
    known_at: str | None = None
    delay_days: float | None = None
    timezone: str | None = None
    encoding: str | None = None
    files: tuple[str, ...] = ()
    max_bad_share: float | None = None
    read: dict[str, Conversion] = field(default_factory=dict)

    def columns(self, feed: str) -> dict[str, Column]:
        """The feed's columns and clocks by the names that the query may give them."""
        named = {column.name: column for column in FEEDS[feed].columns}
        clocks = zip((self.event_time, self.known_at), CLOCKS, strict=True)
        return named | {name: Column(clock, "timestamp") for name, clock in clocks if name}


@dataclass(frozen=True)
class Operator:
    """The zone of the lake's times and the currency of its amounts."""

    timezone: str
    currency: str


@dataclass(frozen=True)
class Mapping:
    """The whole file. `timezone` holds for the feeds that name none of their own."""

    max_bad_share: float
    feed: dict[str, Source]
    timezone: str | None = None
    operator: Operator | None = None

    def zone(self, feed: str) -> str | None:
        """The zone of the feed's times without offset; None means the operator's own."""
        return self.feed[feed].timezone or self.timezone

    def bad_share(self, feed: str) -> float:
        """The share of bad rows above which the import is refused, 0 to 1."""
        own = self.feed[feed].max_bad_share
        return self.max_bad_share if own is None else own


def read_mapping(path: Path) -> Mapping:
    """The mapping, checked as far as that is possible without the extract.

    Raises SettingsError naming file, table and key.
    """
    mapping = read_toml(path, Mapping)
    unknown = sorted(set(mapping.feed) - set(FEEDS))
    if unknown or not mapping.feed:
        found = f"no feed is called {', '.join(unknown)}" if unknown else "it has no [feed.NAME]"
        raise SettingsError(f"{path}: {found}; the feeds are {', '.join(FEEDS)}")
    _check_share(mapping.max_bad_share, f"{path}: max_bad_share")
    _check_zone(mapping.timezone, f"{path}: timezone")
    for name, source in mapping.feed.items():
        _check_source(source, f"{path}: [feed.{name}]")
        _check_read(name, source, f"{path}: [feed.{name}.read]")
    return mapping


def _check_source(source: Source, where: str) -> None:
    if (source.known_at is None) == (source.delay_days is None):
        raise SettingsError(
            f"{where} needs one of known_at (the column that says when the operator learned of "
            f"the row) and delay_days (an assumed delay after event_time), and not both"
        )
    if source.delay_days is not None and not 0 <= source.delay_days <= 366:
        raise SettingsError(f"{where} has delay_days {source.delay_days}; expected 0 to 366")
    if source.files and source.encoding is None:
        raise SettingsError(
            f"{where} has files and no encoding; expected the encoding of these files"
        )
    if source.encoding is not None:
        try:
            codecs.lookup(source.encoding)
        except LookupError as error:
            raise SettingsError(
                f"{where} has encoding {source.encoding!r}, which Python does not know; "
                f"write one such as gbk, gb18030, big5 or utf-16"
            ) from error
    if source.max_bad_share is not None:
        _check_share(source.max_bad_share, f"{where} max_bad_share")
    _check_zone(source.timezone, f"{where} timezone")
    _check_query(source.sql, where)


def _check_read(feed: str, source: Source, where: str) -> None:
    columns = source.columns(feed)
    for name, reading in source.read.items():
        if name not in columns:
            raise SettingsError(
                f"{where} names {name}, which the feed does not have; its columns are "
                f"{', '.join(columns)}"
            )
        reading.check(columns[name], f"{where} {name}")


def _check_share(share: float, where: str) -> None:
    if not 0 <= share <= 1:
        raise SettingsError(f"{where} is {share}; expected a share from 0 to 1")


def _check_zone(zone: str | None, where: str) -> None:
    try:
        if zone is not None:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(
            f"{where} is {zone!r}, no IANA time zone; write one such as Asia/Shanghai"
        ) from error


def _check_query(sql: str, where: str) -> None:
    try:
        kinds = [statement.type for statement in duckdb.extract_statements(sql)]
    except duckdb.Error as error:
        raise SettingsError(f"{where} sql cannot be read: {error}") from error
    if kinds != [duckdb.StatementType.SELECT]:
        raise SettingsError(f"{where} sql must be one SELECT and nothing else")

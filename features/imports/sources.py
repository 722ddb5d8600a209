"""An operator's extract into the lake: one query a feed, every row checked, all or nothing.

In order: the mapping says where each feed comes from (`mapping`), DuckDB reads the raw files
(`extracts`, `reading`), every row is held against the feed's contract (`checks`), what breaks it
is quarantined with its reason (`quarantine`), and of the good rows those that say something new
(`versions`) become one Parquet part a feed (`staging`). The import's counts are kept (`records`).
The parts begin to exist for readers when the lake's manifest is replaced, which is the last step
(`commit`). Refused, out of disk
or killed at any moment before it, an import leaves the lake as it was.

Known limits: a local time without offset in the hour that clocks show twice is two instants, and
the row is believed if either would do (`instants`); a damaged value inside an unbroken file cannot
be distinguished from a true one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from features.disk.atomic import replacing
from features.errors import ImportRefused, OutputError
from features.feeds import FEEDS
from features.home import Home
from features.imports.commit import Addition, importing, publish
from features.imports.fields.instants import Now, Zones, change_days
from features.imports.queries.extracts import connect
from features.imports.queries.files import Extract
from features.imports.queries.mapping import Mapping, read_mapping
from features.imports.records import record_of, recorded, write_record
from features.imports.staging import FeedReport, Job, Place, stage
from features.lake import read_manifest
from features.progress import Progress, silent
from features.settings import FeatureSettings, home_settings
from features.settings.layers import own_values

OPERATOR = ("timezone", "currency")  # what a mapping says of the operator


@dataclass(frozen=True)
class ImportReport:
    """What an import did, feed by feed. `changed`: whether the lake holds anything new."""

    feeds: tuple[FeedReport, ...]
    changed: bool

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {"changed": self.changed, "feeds": [feed.to_json() for feed in self.feeds]}


def import_feeds(
    home: Path, mapping: Path, source: Path, now: datetime, progress: Progress = silent
) -> ImportReport:
    """Bring the extract in the folder `source` into the home's lake, as `mapping` says.

    `now` is the moment of the import: with an offset, or in the operator's local time without.
    Facts that claim to happen or to be known after it are bad rows.

    Raises SettingsError if the mapping is wrong; ImportRefused if the extract cannot be read, has
    other columns than agreed, or has more than `max_bad_share` bad rows; OutputError if the disk
    is full. The lake is then unchanged.
    """
    agreed = read_mapping(mapping)
    if not source.is_dir():
        raise ImportRefused(f"{source} is not a folder; expected the one that holds the extract")
    try:
        with importing(home) as work:
            return _import(home.resolve(), agreed, source.resolve(), work.resolve(), now, progress)
    except OSError as error:
        raise OutputError(
            f"cannot import into {home}: {error.strerror or error} ({error.filename}). The lake is "
            f"as it was. Free the disk or correct the folder's rights, then import again."
        ) from error


def _import(
    home: Path, mapping: Mapping, source: Path, work: Path, now: datetime, progress: Progress
) -> ImportReport:
    settings = _settings(home, mapping)
    zone = ZoneInfo(settings.timezone)
    moment = now.astimezone(zone) if now.tzinfo else now.replace(tzinfo=zone, fold=1)
    now = moment.replace(tzinfo=None)
    manifest = read_manifest(home)
    connection = connect([source, Home(home).lake], work, settings.timezone)
    extract = Extract(connection, source, work)
    place = Place(home, extract, work, f"{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}")
    reports: list[FeedReport] = []
    additions: dict[str, Addition] = {}
    names = [name for name in FEEDS if name in mapping.feed]
    with connection:
        for done, name in enumerate(names):
            progress(f"importing {name}", done, len(names))
            extract_zone = mapping.zone(name) or settings.timezone
            changes = change_days(connection, extract_zone, now.date())
            zones = Zones(settings.timezone, extract_zone, changes)
            job = Job(FEEDS[name], mapping.feed[name], zones, Now(moment), manifest.get(name))
            report, addition = stage(connection, job, place)
            reports.append(report)
            if addition is not None:
                additions[name] = addition
    over = [
        report for report in reports if report.bad > mapping.bad_share(report.feed) * report.read
    ]
    record = record_of(place.import_id, now, reports, accepted=not over)
    if over:
        write_record(home, record)
        raise _too_many_bad(over, mapping)
    _keep_settings(home, settings)
    with recorded(home, record):
        publish(home, additions, progress)
    return ImportReport(tuple(reports), changed=bool(additions))


def _too_many_bad(over: list[FeedReport], mapping: Mapping) -> ImportRefused:
    lines = ["too many bad rows; nothing was imported"]
    for report in over:
        share, limit = report.bad / report.read, mapping.bad_share(report.feed)
        lines.append(
            f"{report.feed}: {report.bad:,} of {report.read:,} rows are bad "
            f"({share:.2%}; max_bad_share is {limit:.2%})"
        )
        lines += [f"  {rows}" for rows in report.quarantined]
        lines.append(f"  They are in {report.quarantine_file}.")
    lines.append("Correct the extract or its query, or raise max_bad_share in the mapping.")
    return ImportRefused("\n".join(lines), feeds=[report.to_json() for report in over])


def _settings(home: Path, mapping: Mapping) -> FeatureSettings:
    """The operator's settings: the home's, or for a new home those of the mapping.

    The first import decides on what the home's own file leaves open.
    """
    settings = home_settings(home, "features", FeatureSettings)
    operator = mapping.operator
    if operator is None:
        return settings
    own = own_values(home, "features")
    is_new = not read_manifest(home)
    for key in OPERATOR:
        wanted, found = getattr(operator, key), getattr(settings, key)
        if is_new and key not in own:
            settings = replace(settings, **{key: wanted})
        elif wanted != found:
            raise ImportRefused(
                f"the mapping's operator has {key} {wanted}, this home has {found} "
                f"({Home(home).settings('features')}). Import into another home, or correct one "
                f"of them."
            )
    return settings


def _keep_settings(home: Path, settings: FeatureSettings) -> None:
    """Write the time zone and currency of a new home where they are not those it has already."""
    before = home_settings(home, "features", FeatureSettings)
    lines = "".join(
        f'{key} = "{getattr(settings, key)}"\n'
        for key in OPERATOR
        if getattr(settings, key) != getattr(before, key)
    )
    if not lines:
        return
    path = Home(home).settings("features")
    written = path.read_text("utf-8") if path.exists() else ""
    with replacing(path) as temporary:
        temporary.write_text(lines + written, "utf-8")

"""Whether the last night is computed from other data than the reference: what moved, how far.

Feeds that come late or are quarantined stand first, since features follow them; then features, the
farthest first; then the risk and the reasons, which follow both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from features.errors import LakeError, SettingsError
from features.home import Home
from serving.monitoring.profiles import (
    SCORES,
    NightProfile,
    kept_profiles,
    night_of,
    read_profile,
    version_of,
)
from serving.monitoring.watch_settings import WatchSettings, watch_settings
from training.drift.compared import Moved, compare
from training.drift.stability import chance_psi, expected_psi, psi
from training.night import open_latest

MAX_BACK = 30  # nights that are looked through for the one from which on something has moved

About = Literal["feed", "feature", "score"]


@dataclass(frozen=True)
class Alarm:
    """Something that moved, the first night from which on it has, and who looks at it."""

    about: About
    moved: Moved
    since: str
    owner: str

    def to_json(self) -> dict[str, Any]:
        """Plain values: those of `Moved` too."""
        own = {
            name: [list(one) if isinstance(one, tuple) else one for one in value]
            if isinstance(value, tuple)
            else value
            for name, value in asdict(self.moved).items()
        }
        return {"about": self.about, "since": self.since, "owner": self.owner, **own}


@dataclass(frozen=True)
class Watched:
    """A night against its reference. `is_first`: it is the reference, with nothing to compare.

    `other_model`: another version scored the reference, so that risks and reasons, which would
    differ for that alone, are not compared.
    """

    as_of: str
    reference: str
    model_version: str
    other_model: bool
    customers: int
    alarms: tuple[Alarm, ...]

    @property
    def is_first(self) -> bool:
        return self.as_of == self.reference

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        alarms = [own.to_json() for own in self.alarms]
        return asdict(self) | {"is_first": self.is_first, "alarms": alarms}


def watch(home: Path, since: datetime | None = None) -> Watched:
    """The last night against the night of `since`; by default that of the settings, or the first.

    Raises LakeError without a night, or without a profile of it or of the reference.
    """
    settings = watch_settings(home)
    connection, night = open_latest(home)
    connection.close()
    as_of, kept = night.as_of[:10], kept_profiles(home)
    last = _of(kept, as_of)
    if last is None:
        raise LakeError(
            f"no profile is kept of the night of {as_of}: an earlier version of Liuke scored it. "
            f"Run `liuke score --as-of {as_of}` again, which keeps one."
        )
    named = settings.reference if since is None else f"{since:%F}"
    reference = _named(kept, named, as_of) if named else _first(kept, last)
    between = [own for own in kept if night_of(reference) < night_of(own) < as_of]
    return compared(read_profile(reference), read_profile(last), between, settings)


def last_watch(home: Path) -> Watched | str:
    """As `watch`, remembered until a night or the settings change; why not, where it refuses."""
    files = [Home(home).latest, Home(home).settings("watch"), *kept_profiles(home)]
    state = tuple((str(own), own.stat().st_mtime_ns) for own in files if own.exists())
    return _remembered(home, state)


@lru_cache(maxsize=4)
def _remembered(home: Path, _: tuple[tuple[str, int], ...]) -> Watched | str:
    try:
        return watch(home)
    except (LakeError, SettingsError) as error:
        return error.message


def _of(kept: Sequence[Path], night: str) -> Path | None:
    return next((own for own in kept if night_of(own) == night), None)


def _first(kept: Sequence[Path], last: Path) -> Path:
    """The first night that the version of the last one scored."""
    return next(own for own in kept if version_of(own) == version_of(last))


def _named(kept: Sequence[Path], night: str, as_of: str) -> Path:
    found = _of(kept, night)
    if found is None or night > as_of:
        nights = ", ".join(night_of(own) for own in kept if night_of(own) <= as_of)
        raise LakeError(
            f"no profile is kept of {night}, the reference. Name one of {nights}, or score it: "
            f"`liuke score --as-of {night}`, then the last night again."
        )
    return found


def compared(
    reference: NightProfile, last: NightProfile, between: Sequence[Path], settings: WatchSettings
) -> Watched:
    """What moved between two nights; `between`: the files of the nights between them."""
    found = list(_moved(reference, last, settings)) if reference.as_of != last.as_of else []
    since = _since(reference, last.as_of, [own.name for _, own in found], between, settings)
    owners = settings.owners
    by_about = {"feed": owners.feeds, "feature": owners.features, "score": owners.scores}
    return Watched(
        last.as_of,
        reference.as_of,
        last.model_version,
        reference.model_version != last.model_version,
        last.customers,
        tuple(Alarm(about, own, since[own.name], by_about[about]) for about, own in found),
    )


def _since(
    reference: NightProfile, as_of: str, names: Sequence[str], between: Sequence[Path],
    settings: WatchSettings,
) -> dict[str, str]:  # fmt: skip
    """The first night from which on each of these names has moved on every night."""
    since, open_ = dict.fromkeys(names, as_of), set(names)
    for path in reversed(between[-MAX_BACK:]):
        if not open_:
            break
        try:
            moved = list(_moved(reference, read_profile(path), settings))
        except LakeError:
            break
        open_ &= {name for _, own in moved for name in (own.name, *own.more)}
        since |= dict.fromkeys(open_, night_of(path))
    return since


def _moved(
    reference: NightProfile, last: NightProfile, settings: WatchSettings
) -> Iterator[tuple[About, Moved]]:
    for own in _feeds_moved(reference, last, settings):
        yield "feed", own
    skip = [
        name
        for name, definition in reference.definitions.items()
        if last.definitions.get(name, definition) != definition
    ]
    if reference.model_version != last.model_version:
        skip += SCORES
    found = compare(reference.sketch, last.sketch, settings.bars, last.families, skip)
    for own in found:
        if own.name not in SCORES:
            yield "feature", own
    for own in found:
        # That reasons appear and vanish is how they move.
        if own.name in SCORES and own.kind != "levels":
            yield "score", own
        elif own.name in SCORES and own.size > max(settings.psi, own.limit):
            yield "score", replace(own, kind="shape", new=(), gone=())


def _feeds_moved(
    reference: NightProfile, last: NightProfile, settings: WatchSettings
) -> Iterator[Moved]:
    """Feeds that are gone, then those that come late, then those of which much is quarantined."""
    for name in reference.feeds.keys() - last.feeds.keys():
        yield Moved("absent", name, 1.0, 0.0, 0.0, missing_after=1.0)
    both = [name for name in reference.feeds if name in last.feeds]
    late = []
    for name in both:
        days, before = last.feeds[name].late_days, reference.feeds[name].late_days
        bar = settings.late_days.get(name)
        if bar is not None and days is not None and days > max(bar, before or 0.0):
            late.append(Moved("late", name, days / bar, 0.0, 1.0, before=before, after=days))
    yield from sorted(late, key=lambda own: -own.size)
    for name in both:
        found = _quarantined(name, reference, last, settings)
        if found is not None:
            yield found


def _quarantined(
    name: str, reference: NightProfile, last: NightProfile, settings: WatchSettings
) -> Moved | None:
    """A feed of which more is quarantined since the reference than before it."""
    before, now = reference.feeds[name], last.feeds[name]
    bad, read = now.quarantined - before.quarantined, now.read - before.read
    if read <= 0 or before.read <= 0:
        return None
    share, usual = bad / read, before.quarantined / before.read
    size = psi(
        np.array([before.read - before.quarantined, before.quarantined]),
        np.array([read - bad, bad]),
    )
    chance = settings.chance / len(last.feeds)
    limit = chance_psi(2, before.read, read, chance)
    if share < usual + settings.quarantined_share or size <= limit:
        return None
    by_chance = expected_psi(2, before.read, read)
    return Moved("quarantined", name, size, by_chance, limit, before=usual, after=share)

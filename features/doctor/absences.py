"""Features that do not exist for an operator, and the feed or column that is not delivered."""

from __future__ import annotations

from dataclasses import dataclass

from features import catalogue
from features.engine.store import TOPIC
from features.feeds import FEEDS

TEXT = "complaints.text"  # what topics are found in


@dataclass(frozen=True)
class Absence:
    """What a feed lacks. `columns` is empty where the whole feed is not delivered.

    `features`: those that need what is lacking, by name; one may lack several things.
    """

    feed: str
    columns: tuple[str, ...]
    features: tuple[str, ...]


@dataclass(frozen=True)
class Supply:
    """How many features exist of those declared, what is lacking for the others.

    `without_topics`: features that wait for topics to be found in texts that are delivered.
    """

    declared: int
    available: int
    absences: tuple[Absence, ...]
    without_topics: tuple[str, ...]


def supply(currency: str, delivered: frozenset[str], *, has_topics: bool) -> Supply:
    """What the delivered columns (`usage.data_kb`, ...) give, and what they do not.

    `has_topics`: whether topics were found in the complaints' texts.
    """
    columns = delivered | ({TOPIC} if has_topics else set())
    declared = catalogue.features(currency)
    available = {feature.name for feature in catalogue.available(currency, columns)}
    lacking = {
        feature.name: {TEXT if need == TOPIC else need for need in feature.needs - columns}
        - delivered
        for feature in declared
        if feature.name not in available
    }
    feeds = {column.partition(".")[0] for column in delivered}
    absences = [_absence(name, lacking, name in feeds) for name in FEEDS]
    return Supply(
        declared=len(declared),
        available=len(available),
        absences=tuple(absence for absence in absences if _is_one(absence, feeds)),
        without_topics=tuple(name for name, columns in lacking.items() if not columns),
    )


def _absence(feed: str, lacking: dict[str, set[str]], delivered: bool) -> Absence:
    missing = {
        name: {column for column in columns if column.startswith(f"{feed}.")}
        for name, columns in lacking.items()
    }
    names = tuple(name for name, columns in missing.items() if columns)
    own = {column.partition(".")[2] for columns in missing.values() for column in columns}
    order = tuple(column.name for column in FEEDS[feed].columns if column.name in own)
    return Absence(feed, order if delivered else (), names)


def _is_one(absence: Absence, feeds: set[str]) -> bool:
    return bool(absence.features) or absence.feed not in feeds

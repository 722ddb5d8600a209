"""What is requested of an analysis, checked against what is declared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from features.errors import SettingsError
from serving.analyses.dimensions import OF_CUSTOMERS, TIERED
from serving.analyses.measures import SOURCES, Source
from serving.analyses.periods import edges_of
from training.indicators.analyses import ANALYSES, Analysis, Declared


@dataclass(frozen=True)
class Request:
    """An analysis by a dimension ("" for all together) over periods, as known at a moment."""

    analysis: Analysis
    by: str
    edges: tuple[datetime, ...]
    every: str
    known_at: datetime

    @property
    def has_tiers(self) -> bool:
        """Whether it must be known where the value tiers begin."""
        return self.by in TIERED or any(source.has_tiers for source in self.sources())

    def sources(self) -> list[Source]:
        """The sources of the indicators' measures that can be shown by the dimension."""
        wanted = {name for one in self.analysis.indicators for name in measures_of(one)}
        return [source for source in SOURCES if wanted & set(source.gives) and self._has(source)]

    def _has(self, source: Source) -> bool:
        return self.by in ("", *OF_CUSTOMERS, *source.dimensions)


def request_of(
    name: str,
    by: str | None,
    since: datetime,
    until: datetime,
    every: str = "month",
    known_at: datetime | None = None,
) -> Request:
    """The request; `by` null is the analysis' own dimension, `known_at` null is `until`.

    Raises SettingsError naming what is declared, or what is wrong with the dates.
    """
    if name not in ANALYSES:
        raise SettingsError(f"no analysis {name!r}; there are {', '.join(ANALYSES)}")
    analysis, edges = ANALYSES[name], edges_of(since, until, every)
    dimension = analysis.by if by is None else "" if by == "all" else by
    if dimension not in ("", *dimensions_of(analysis)):
        raise SettingsError(
            f"--by is {by!r}; expected all, {', '.join(dimensions_of(analysis))} for {name}"
        )
    if known_at is not None and known_at < until:
        raise SettingsError(
            f"--as-of is {known_at:%F}, before --to {until:%F}; what happened since is not known "
            f"then. Name {until:%F} or a later date."
        )
    return Request(analysis, dimension, edges, every, known_at or until)


def dimensions_of(analysis: Analysis) -> tuple[str, ...]:
    """By what the analysis can be shown: the customers' dimensions and those of its facts."""
    wanted = {name for one in analysis.indicators for name in measures_of(one)}
    own = [name for source in SOURCES if wanted & set(source.gives) for name in source.dimensions]
    return (*OF_CUSTOMERS, *dict.fromkeys(name for name in own if name not in OF_CUSTOMERS))


def measures_of(declared: Declared) -> tuple[str, ...]:
    """The measures that the formula sums."""
    return (declared.sum,) if declared.over is None else (declared.sum, declared.over)

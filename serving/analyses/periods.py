"""The periods of an analysis: the half-open spans between ascending midnights."""

from __future__ import annotations

from datetime import datetime, timedelta

from features.errors import SettingsError

EVERY = ("month", "week", "whole")
MAX_PERIODS = 120


def edges_of(since: datetime, until: datetime, every: str) -> tuple[datetime, ...]:
    """Where the periods of [since, until) begin and end; the last one may be shorter.

    Months begin on their first day, weeks on Monday. Raises SettingsError where `since` is not
    before `until`, `every` is unknown, or there are more than `MAX_PERIODS`.

    >>> [f"{edge:%F}" for edge in edges_of(datetime(2026, 1, 10), datetime(2026, 3, 1), "month")]
    ['2026-01-10', '2026-02-01', '2026-03-01']
    """
    if since >= until:
        raise SettingsError(
            f"--from is {since:%F} and --to is {until:%F}; expected --from before --to. The day "
            f"--to itself does not belong to the period."
        )
    if every not in EVERY:
        raise SettingsError(f"--every is {every!r}; expected {', '.join(EVERY)}")
    edges = [since]
    while every != "whole" and (following := _next(edges[-1], every)) < until:
        edges.append(following)
    if len(edges) > MAX_PERIODS:
        raise SettingsError(
            f"{len(edges)} periods from {since:%F} to {until:%F}; expected at most {MAX_PERIODS}. "
            f"Name a shorter time, or --every month."
        )
    return (*edges, until)


def _next(moment: datetime, every: str) -> datetime:
    """The first day of the next month, or the next Monday."""
    if every == "week":
        return moment + timedelta(days=7 - moment.weekday())
    return (moment.replace(day=1) + timedelta(days=32)).replace(day=1)

"""The doctor's page: a table of the feeds, what there is for a model, the findings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest

from features.doctor import FeedHealth, Finding
from features.doctor.tallies import Clocks
from features.feeds import FEEDS
from serving.console import WIDTH
from serving.doctor.diagnosis import Diagnosis
from serving.doctor.words import WORDS
from training.readiness import Sufficiency

TABLE_WIDTH = 98
MARKS = {"fault": "FAULT", "warning": "WARNING", "note": "note", "ok": "ok"}
INDENT = 9


def in_words(diagnosis: Diagnosis, columns: int = WIDTH) -> str:
    """The diagnosis as people read it, at most so many columns wide and never above `WIDTH`."""
    width = min(columns, WIDTH)
    health = diagnosis.health
    settings = health.settings
    lines = [
        f"{diagnosis.home}, as known before {health.as_of:%F} "
        f"({settings.timezone}, {settings.currency})",
        "",
        *(_table if width >= TABLE_WIDTH else _narrow_table)(health.feeds.values()),
        "",
        *_again(health.feeds.values(), width),
    ]
    absent = [name for name in FEEDS if name not in health.feeds]
    if absent:
        lines += _wrapped(f"Not delivered: {', '.join(absent)}.", width)
    lines.append(
        f"{health.supply.available} of {health.supply.declared} features exist for this operator."
    )
    if diagnosis.model is not None:
        lines += _wrapped(_model_in_words(diagnosis.model), width)
    for severity in MARKS:
        own = [one for one in diagnosis.findings if one.severity == severity]
        lines += _in_order(own, width) if severity == "ok" else _paragraphs(own, width)
    return "\n".join(lines)


def _paragraphs(findings: Sequence[Finding], width: int) -> list[str]:
    """Each finding, and what was expected and is to be done: said once for several alike."""
    lines = [""] * bool(findings)
    for one, following in zip_longest(findings, findings[1:]):
        told = WORDS[one.kind](one)
        after = WORDS[following.kind](following) if following is not None else None
        alike = after is not None and (after.expected, after.advice) == (told.expected, told.advice)
        lines += _wrapped(f"{one.subject}: {told.found}", width, mark=MARKS[one.severity])
        if alike:
            continue
        lines += _wrapped(f"Expected: {told.expected}", width, mark="") if told.expected else []
        lines += _wrapped(f"To do: {told.advice}", width, mark="") if told.advice else []
        lines += [""] * (following is not None and one.severity != "note")
    return lines


def _in_order(findings: Sequence[Finding], width: int) -> list[str]:
    """What was looked at and is in order: feeds on one line."""
    feeds = [one.subject for one in findings if one.kind == "in_order"]
    others = [one for one in findings if one.kind != "in_order"]
    lines = [""] * bool(findings)
    if feeds:
        lines += _wrapped(f"in order: {', '.join(feeds)}.", width, mark=MARKS["ok"])
    for one in others:
        lines += _wrapped(f"{one.subject}: {WORDS[one.kind](one).found}", width, mark=MARKS["ok"])
    return lines


def _table(feeds: Iterable[FeedHealth]) -> list[str]:
    lines = [
        f"{'':<10}{'':>11}{'':>10}  {'happened':<21}  {'known':<21}  {'days late':<14}{'set':>7}",
        f"{'feed':<10}{'rows':>11}{'corrected':>10}  {'from':<10} {'to':<10}  {'from':<10} "
        f"{'to':<10}  {'50% 95% 99%':<14}{'aside':>7}",
    ]
    for told in feeds:
        clocks = told.clocks
        if clocks is None:
            lines.append(f"{told.feed:<10}{told.rows:>11,}")
            continue
        lines.append(
            f"{told.feed:<10}{told.rows:>11,}{told.corrections:>10,}  {clocks.first_event:%F} "
            f"{clocks.last_event:%F}  {clocks.first_known:%F} {clocks.last_known:%F}  "
            f"{_late(told, clocks):<14}{told.delivered.quarantined:>7,}"
        )
    return lines


def _narrow_table(feeds: Iterable[FeedHealth]) -> list[str]:
    """The table for a terminal that the wide one does not fit: a feed on several lines."""
    lines = [f"{'feed':<10}{'rows':>11}{'corrected':>10}{'set aside':>10}"]
    for told in feeds:
        clocks = told.clocks
        if clocks is None:
            lines.append(f"{told.feed:<10}{told.rows:>11,}")
            continue
        late = _late(told, clocks)
        lines += [
            f"{told.feed:<10}{told.rows:>11,}{told.corrections:>10,}"
            f"{told.delivered.quarantined:>10,}",
            f"  happened  {clocks.first_event:%F} to {clocks.last_event:%F}",
            f"  known     {clocks.first_known:%F} to {clocks.last_known:%F}",
            f"  days late {late}" + ("" if told.clock == "assumed" else " (50% 95% 99%)"),
        ]
    return lines


def _late(told: FeedHealth, clocks: Clocks) -> str:
    """The percentiles, or that nobody recorded the clock that they are told by."""
    late = clocks.lateness_days
    if told.clock == "assumed":
        return f"{_short(late.median)} assumed"
    return " ".join(_short(number) for number in (late.median, late.p95, late.p99))


def _again(feeds: Iterable[FeedHealth], width: int) -> list[str]:
    """What imports brought though it was known."""
    known = [(one.feed, one.delivered.known_already) for one in feeds]
    told = ", ".join(f"{feed} {rows:,}" for feed, rows in known if rows)
    return _wrapped(f"Rows that came again and were passed over: {told}.", width) if told else []


def _short(days: float) -> str:
    return f"{days:.1f}" if days < 100 else f"{days:.0f}"


def _model_in_words(found: Sufficiency) -> str:
    ways = ", ".join(f"{count:,} {kind}" for kind, count in found.departures.items() if count)
    text = (
        f"{found.customers:,} customers, {found.eligible:,} of them eligible at {found.as_of:%F}; "
        f"use of {found.use_months:.1f} months."
    )
    if found.a_month is not None:
        left = sum(found.departures.values())
        text += (
            f" {left:,} left from {found.since:%F} to {found.until:%F}"
            f"{f' ({ways})' if ways else ''}, {found.a_month:,.1f} a month."
        )
    if found.split is not None:
        text += (
            f" A model trained at that date learns from {_dates(found.split.fit)}, after which "
            f"about {found.fit_churners:,} leave, and is judged by {_dates(found.split.test)}, "
            f"after which about {found.test_churners:,} do."
        )
    return text


def _dates(dates: Sequence[datetime]) -> str:
    if len(dates) == 1:
        return f"1 date ({dates[0]:%F})"
    return f"{len(dates)} dates ({dates[0]:%F} to {dates[-1]:%F})"


def _wrapped(text: str, width: int, mark: str | None = None) -> list[str]:
    if mark is None:
        return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return textwrap.wrap(
        text, width, initial_indent=f"{mark:<{INDENT}}", subsequent_indent=" " * INDENT,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip

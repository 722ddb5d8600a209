"""The doctor's page: a table of the feeds, what there is for a model, the findings."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest

from rich.cells import cell_len

from features.doctor import FeedHealth, Finding
from features.doctor.tallies import Clocks
from features.feeds import FEEDS
from features.words import say, say_known
from serving.console import WIDTH
from serving.doctor.diagnosis import Diagnosis
from serving.doctor.phrases import joined
from serving.doctor.words import text_of
from training.readiness import Sufficiency

TABLE_WIDTH = 98
SEVERITIES = ("fault", "warning", "note", "ok")
INDENT = 9


def in_words(diagnosis: Diagnosis, columns: int = WIDTH, language: str = "en") -> str:
    """The diagnosis as people read it, at most so many columns wide and never above `WIDTH`."""
    width = min(columns, WIDTH)
    page = _Page(language, width)
    health = diagnosis.health
    table = page.table if width >= TABLE_WIDTH else page.narrow_table
    heading = page.say(
        "heading",
        home=diagnosis.home,
        as_of=f"{health.as_of:%F}",
        timezone=health.settings.timezone,
        currency=health.settings.currency,
    )
    lines = [heading, "", *table(health.feeds.values()), "", *page.again(health.feeds.values())]
    absent = [name for name in FEEDS if name not in health.feeds]
    if absent:
        lines += page.wrapped(page.say("not_delivered", feeds=page.names(absent)))
    supply = health.supply
    lines.append(page.say("available", available=supply.available, declared=supply.declared))
    if diagnosis.model is not None:
        lines += page.wrapped(page.model(diagnosis.model))
    for severity in SEVERITIES:
        own = [one for one in diagnosis.findings if one.severity == severity]
        lines += page.in_order(own) if severity == "ok" else page.paragraphs(own)
    return "\n".join(lines)


class _Page:
    """The parts of the page in one language and width."""

    def __init__(self, language: str, width: int) -> None:
        self.language = language
        self.width = width

    def say(self, key: str, **values: object) -> str:
        return say("doctor", key, self.language, **values)

    def names(self, names: Sequence[str]) -> str:
        return joined(names, "between", self.language)

    def paragraphs(self, findings: Sequence[Finding]) -> list[str]:
        """Each finding, and what was expected and is to be done: said once for several alike."""
        lines = [""] * bool(findings)
        for one, following in zip_longest(findings, findings[1:]):
            text = text_of(one, self.language)
            after = text_of(following, self.language) if following is not None else None
            alike = after is not None and (after.expected, after.advice) == (
                text.expected,
                text.advice,
            )
            lines += self._finding(one, text.found)
            if alike:
                continue
            for key, part in (("expected_line", text.expected), ("to_do", text.advice)):
                lines += self.wrapped(self.say(key, text=part), mark="") if part else []
            lines += [""] * (following is not None and one.severity != "note")
        return lines

    def in_order(self, findings: Sequence[Finding]) -> list[str]:
        """What was looked at and is in order: feeds on one line."""
        feeds = [one.subject for one in findings if one.kind == "in_order"]
        lines = [""] * bool(findings)
        if feeds:
            text = self.say("all_in_order", feeds=self.names(feeds))
            lines += self.wrapped(text, mark=self.say("ok"))
        for one in findings:
            if one.kind != "in_order":
                lines += self._finding(one, text_of(one, self.language).found)
        return lines

    def _finding(self, one: Finding, text: str) -> list[str]:
        line = self.say("line", subject=one.subject, text=text)
        return self.wrapped(line, mark=self.say(one.severity))

    def table(self, feeds: Iterable[FeedHealth]) -> list[str]:
        head = {name: self.say(f"column_{name}") for name in COLUMNS}
        lines = [
            f"{'':<31}  {_left(head['happened'], 21)}  {_left(head['known'], 21)}  "
            f"{_left(head['days_late'], 14)}{_right(head['bad'], 7)}",
            f"{_left(head['feed'], 10)}{_right(head['rows'], 11)}{_right(head['corrected'], 10)}  "
            f"{_left(head['from'], 10)} {_left(head['to'], 10)}  {_left(head['from'], 10)} "
            f"{_left(head['to'], 10)}  {'50% 95% 99%':<14}{_right(head['bad_rows'], 7)}",
        ]
        for one in feeds:
            clocks = one.clocks
            if clocks is None:
                lines.append(f"{one.feed:<10}{one.rows:>11,}")
                continue
            lines.append(
                f"{one.feed:<10}{one.rows:>11,}{one.corrections:>10,}  {clocks.first_event:%F} "
                f"{clocks.last_event:%F}  {clocks.first_known:%F} {clocks.last_known:%F}  "
                f"{_left(self._late(one, clocks), 14)}{one.delivered.quarantined:>7,}"
            )
        return lines

    def narrow_table(self, feeds: Iterable[FeedHealth]) -> list[str]:
        """The table for a terminal that the wide one does not fit: a feed on several lines."""
        head = {name: self.say(f"column_{name}") for name in COLUMNS}
        lines = [
            f"{_left(head['feed'], 10)}{_right(head['rows'], 11)}{_right(head['corrected'], 10)}"
            f"{_right(head['quarantined'], 12)}"
        ]
        for one in feeds:
            clocks = one.clocks
            if clocks is None:
                lines.append(f"{one.feed:<10}{one.rows:>11,}")
                continue
            happened = self._span(clocks.first_event, clocks.last_event)
            known = self._span(clocks.first_known, clocks.last_known)
            late = self._late(one, clocks)
            lines += [
                f"{one.feed:<10}{one.rows:>11,}{one.corrections:>10,}"
                f"{one.delivered.quarantined:>12,}",
                f"  {_left(head['happened'], 10)}{happened}",
                f"  {_left(head['known'], 10)}{known}",
                f"  {_left(head['days_late'], 10)}{late}"
                + ("" if one.clock == "assumed" else " (50% 95% 99%)"),
            ]
        return lines

    def _span(self, first: datetime, last: datetime) -> str:
        return self.say("span", first=f"{first:%F}", last=f"{last:%F}")

    def _late(self, one: FeedHealth, clocks: Clocks) -> str:
        """The percentiles, or that the clock they are measured by is assumed."""
        late = clocks.lateness_days
        if one.clock == "assumed":
            return self.say("column_assumed", days=_short(late.median))
        return " ".join(_short(number) for number in (late.median, late.p95, late.p99))

    def again(self, feeds: Iterable[FeedHealth]) -> list[str]:
        """What imports brought though it was known."""
        known = [(one.feed, one.delivered.known_already) for one in feeds]
        rows = self.names([f"{feed} {count:,}" for feed, count in known if count])
        return self.wrapped(self.say("again", rows=rows)) if rows else []

    def model(self, found: Sufficiency) -> str:
        sentences = [
            self.say(
                "customers",
                customers=found.customers,
                eligible=found.eligible,
                as_of=f"{found.as_of:%F}",
                months=found.use_months,
            )
        ]
        if found.a_month is not None:
            sentences.append(self._left(found))
        if found.split is not None:
            sentences.append(
                self.say(
                    "periods",
                    fit=self._dates(found.split.fit),
                    fit_churners=found.fit_churners,
                    test=self._dates(found.split.test),
                    test_churners=found.test_churners,
                )
            )
        return joined(sentences, "next", self.language)

    def _left(self, found: Sufficiency) -> str:
        each = [
            self.say("way", count=count, kind=say_known("doctor", kind, self.language))
            for kind, count in found.departures.items()
            if count
        ]
        return self.say(
            "left",
            left=sum(found.departures.values()),
            since=f"{found.since:%F}",
            until=f"{found.until:%F}",
            ways=self.say("ways", ways=self.names(each)) if each else "",
            a_month=found.a_month,
        )

    def _dates(self, dates: Sequence[datetime]) -> str:
        first, last = f"{dates[0]:%F}", f"{dates[-1]:%F}"
        if len(dates) == 1:
            return self.say("date_1", first=first)
        return self.say("dates", count=len(dates), first=first, last=last)

    def wrapped(self, text: str, mark: str | None = None) -> list[str]:
        """The text in lines; `mark` stands before the first of them."""
        indent = 0 if mark is None else INDENT
        lines = _lines(text, self.width - indent)
        marks = [_left(mark or "", indent)] + [" " * indent] * (len(lines) - 1)
        return [before + line for before, line in zip(marks, lines, strict=True)]


COLUMNS = (
    *("feed", "rows", "corrected", "happened", "known", "days_late", "from", "to"),
    *("bad", "bad_rows", "quarantined"),
)


def _lines(text: str, width: int) -> list[str]:
    """The text in lines of that many columns, broken between words or Chinese characters."""
    if cell_len(text) == len(text):
        return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    lines = [""]
    for part in re.findall(r"[^\s\u2e80-\uffef]+[，。；：、）”]*|\s+|.[，。；：、）”]*", text):
        if lines[-1] and cell_len((lines[-1] + part).rstrip()) > width:
            lines.append("")
        lines[-1] += part if lines[-1] else part.lstrip()
    return [line.rstrip() for line in lines]


def _left(text: str, width: int) -> str:
    """The text at the left of so many columns, of which a Chinese character takes two."""
    return text + " " * (width - cell_len(text))


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


def _short(days: float) -> str:
    return f"{days:.1f}" if days < 100 else f"{days:.0f}"

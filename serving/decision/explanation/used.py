"""Which data a decision used: the feeds behind its row, what they said, and what came beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from features import windows
from features.catalogue.families import Feature
from features.feeds import FEEDS
from features.words import say, say_known
from serving.decision.explanation.rebuilding import Base, StoredRow
from serving.decision.record import Stored
from serving.events.merging import Posted
from serving.scores.known import KnownFacts
from serving.scoring import LoadedChampion
from serving.scoring.reasons import spoken

OF_USE = "cells"  # usage is kept by week


def of_row(
    row: StoredRow,
    champion: LoadedChampion,
    known: KnownFacts | None,
    bases: Mapping[str, Base],
    language: str,
) -> dict[str, Any]:
    """The feeds that the row's values come from, and the values that staff may say.

    Keys: `feeds`, each with how many features read it (one may read several) and the moment of
    its latest fact known by then, null where it is not kept by customer; `features`; `unsaid`,
    how many more the model read.
    """
    present = [own for own in champion.features if row.value(own.name) is not None]
    said = [own for own in present if own.staff_may_hear]
    return {
        "feeds": [
            {
                "feed": feed,
                "text": say_known("explanation", f"feed_{feed}", language),
                "features": sum(feed in _feeds(own) for own in present),
                "latest": _latest(feed, row, known, bases.get(feed)),
            }
            for feed in FEEDS
            if any(feed in _feeds(own) for own in present)
        ],
        "features": [_spoken(own, row.value(own.name), language) for own in said],
        "unsaid": len(present) - len(said),
    }


NOTHING: Mapping[str, Any] = {"feeds": [], "features": [], "unsaid": 0}


def beside(decision: Stored, posted: int, language: str) -> Iterator[dict[str, str]]:
    """What the decision used beside the lake, in words."""
    answer = decision.answer
    facts, fit = answer["facts"], answer["bill_fit"]

    def said(name: str, key: str, **values: object) -> dict[str, str]:
        return {"name": name, "text": say("explanation", key, language, **values)}

    yield said("request", "request", intent=facts["intent"], authority=facts["authority"])
    yield said("promises", "promises", open=facts["open_promises"], broken=facts["broken_promises"])
    yield said("objection", "objected" if answer["because"] == "objection" else "not_objected")
    if fit is None:
        yield said("bill_fit", "no_bill_fit")
    else:
        yield said("bill_fit", "bill_fit", months=len(fit["months"]), plans=len(fit["plans"]))
    yield said("posted_facts", "posted_facts", count=posted)
    yield said(
        "limits", "limits", limit=f"{answer['limit']:.2f}", currency=answer["currency"],
        tier=say_known("terms", facts["tier"], language),
    )  # fmt: skip
    if decision.answered_by == "last_night" and decision.row_content is None:
        yield said("last_night", "last_night", as_of=answer["as_of"])


def _feeds(feature: Feature) -> set[str]:
    return {needed.partition(".")[0] for needed in feature.needs}


def _spoken(feature: Feature, value: float | str | None, language: str) -> dict[str, Any]:
    name = feature.zh if language == "zh" else feature.en
    text = say(
        "explanation", "value", language, name=name, value=spoken(value, feature.unit, language)
    )
    # As in reasons: a float32 is exact to seven digits.
    exact = float(f"{value:.7g}") if isinstance(value, float) else value
    return {"feature": feature.name, "text": text, "value": exact}


def _latest(feed: str, row: StoredRow, known: KnownFacts | None, base: Base | None) -> str | None:
    """When the latest fact of the feed happened that was known by the row's moment."""
    if known is None:
        return None
    if feed == "usage" and _keeps(known, OF_USE):
        return _latest_week(row, known)
    if not _keeps(known, feed):
        return None
    posted = known.posted(base.events) if base else Posted((), None)
    table = known.table(feed, row.customer_id, posted)
    if "event_time" not in table.column_names:
        return None
    moment = base.moment if base else row.as_of
    before = pc.and_(pc.less(table["event_time"], moment), pc.less(table["known_at"], moment))
    latest: datetime | None = pc.max(table.filter(before)["event_time"]).as_py()
    return None if latest is None else f"{latest:%FT%T}"


def _keeps(known: KnownFacts, table: str) -> bool:
    """Whether there are facts by customer."""
    return known.delivers(table) and table not in known.catalogues


def _latest_week(row: StoredRow, known: KnownFacts) -> str | None:
    """The end of the latest closed week with use."""
    weeks = known.table(OF_USE, row.customer_id, Posted((), None))["week"].to_pylist()
    closed = windows.last_closed_week(row.as_of, known.histories.settings.usage_lag_days)
    found = [week for week in weeks if week <= closed]
    return f"{windows.week_end(max(found)):%FT%T}" if found else None

"""The words of findings about imports, and about feeds, columns and topics that are absent."""

from __future__ import annotations

from collections.abc import Callable

from features.doctor import Finding
from features.doctor.absences import Absence
from features.doctor.deliveries import Delivered
from features.engine.coverage import STALE_DAYS
from serving.doctor.told import DAY, MAX_NAMES, Told, features_of

# What a whole feed gives beside the features made of it.
USE = {
    "bills": "the value tiers and every ranking by revenue",
    "complaints": "the rule that an open complaint is served before anything is sold",
    "offers": "the catalogue of what may be offered",
}


def _import_refused(one: Finding) -> Told:
    record = one.values["record"]
    bad = ", ".join(
        f"{each.bad:,} of {each.read:,} {each.feed}" for each in record.feeds if each.bad
    )
    return Told(
        f"the last import, at {record.at}, was refused for too many bad rows ({bad}); the lake is "
        f"as it was before.",
        advice="look at them in lake/quarantine of this home, mend the extract or its query, and "
        "import again.",
    )


def _quarantined(one: Finding) -> Told:
    delivered: Delivered = one.values["delivered"]
    first = "; ".join(f"{each.rows:,} {each.reason}" for each in delivered.reasons[:MAX_NAMES])
    more = len(delivered.reasons) - MAX_NAMES
    return Told(
        f"{delivered.quarantined:,} rows were set aside: {first}"
        + (f"; and {more} more reasons." if more > 0 else "."),
        advice=f"look at lake/quarantine/{delivered.latest} of this home (row_number, reason, "
        f"row), mend the extract or its query and import again: what is known is passed over. The "
        f"rows are counted until their files are removed from there.",
    )


def _old(one: Finding) -> Told:
    return Told(
        f"the newest fact became known on {one.values['as_of'] - DAY:%F}.",
        f"news of the last {STALE_DAYS} days, without which nobody is scored today.",
        "import what came since; files of the past are trained and scored as of their own end.",
    )


def _no_rows(_: Finding) -> Told:
    return Told("imported without any row.", advice="look at the query, and at the quarantine.")


def _required_feed_absent(_: Finding) -> Told:
    return Told(
        "the feed is not delivered.",
        "customers, contracts and usage, without which there are no features.",
        "write its query in the mapping (docs/own-data.md says what it must give) and import it.",
    )


def _feed_absent(one: Finding) -> Told:
    absence: Absence = one.values["absence"]
    told = [features_of(absence.features)] if absence.features else []
    told += [USE[one.subject]] if one.subject in USE else []
    return Told(
        f"not delivered; that takes {' and '.join(told)}.",
        advice="where your systems have such a feed, write its [feed.NAME] in the mapping.",
    )


def _columns_absent(one: Finding) -> Told:
    absence: Absence = one.values["absence"]
    return Told(
        f"without {', '.join(absence.columns)}; that takes {features_of(absence.features)}.",
        advice="where your systems have such a column, select it in the query and import the feed "
        "anew into a new home: a feed keeps the columns of its first import.",
    )


def _topics_absent(one: Finding) -> Told:
    return Told(
        f"no topics were found in the texts so far; that takes "
        f"{features_of(one.values['features'])}.",
        advice="run `liuke build`. Topics are found once, where enough texts were known early "
        "enough (settings/features.toml [topics]).",
    )


WORDS: dict[str, Callable[[Finding], Told]] = {
    "import_refused": _import_refused,
    "quarantined": _quarantined,
    "old": _old,
    "no_rows": _no_rows,
    "required_feed_absent": _required_feed_absent,
    "feed_absent": _feed_absent,
    "columns_absent": _columns_absent,
    "topics_absent": _topics_absent,
}

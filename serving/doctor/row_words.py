"""The words of findings about days, months and customers that are missing."""

from __future__ import annotations

from collections.abc import Callable

from features.doctor import Finding
from features.doctor.orphans import Orphans
from features.doctor.tallies import Clocks
from serving.doctor.told import DAY, Told, months_of, of_customers, spans

LACKING = {"customers": "profile", "contracts": "contract"}


def _last_days_missing(one: Finding) -> Told:
    return Told(
        f"no row for {spans(one.values['days'])}, of the last seven days that should be there.",
        "every day. What is missing is taken for silence, most of all by the features of the last "
        "7 days.",
        "import the extracts of these days before the next `liuke score`.",
    )


def _days_missing(one: Finding) -> Told:
    return Told(
        f"no row for {spans(one.values['days'])}.",
        "a row for every day on which anybody used anything.",
        "import the extracts of these days. They count from the moment they are known: what was "
        "scored or learned before stays as it was.",
    )


def _days_thin(one: Finding) -> Told:
    return Told(
        f"less than half of the rows usual on that weekday for {spans(one.values['days'])}.",
        "about as many as in the weeks around.",
        "look whether a file of these days broke off, and import it again whole; a holiday needs "
        "nothing.",
    )


def _months_missing(one: Finding) -> Told:
    return Told(
        f"no row for {months_of(one.values['months'])}.",
        "rows for every month between the first and the last.",
        "import the extracts of these months.",
    )


def _stopped(one: Finding) -> Told:
    return Told(
        f"nothing was learned since {one.values['since']:%F}; other feeds go on to "
        f"{one.values['as_of'] - DAY:%F}.",
        "news every month.",
        "look whether its extract still comes, and whether its query still reads it.",
    )


def _orphans(one: Finding) -> Told:
    found: Orphans = one.values["orphans"]
    lacking = " or ".join(f"no {LACKING[feed]}" for feed in found.lacking)
    return Told(
        f"{of_customers(found)} have {lacking}; nothing is made of their rows.",
        "a profile and a contract of everyone: who lacks one is not in the network.",
        "import customers and contracts of the same day, those who left among them; or look "
        "whether ids are written alike everywhere (leading zeros, blanks, capitals).",
    )


def _never_started(one: Finding) -> Told:
    return Told(
        f"{of_customers(one.values['orphans'])} have contract events, but none says that the "
        f"contract started.",
        "a started event of everyone, however long ago: who lacks it is not in the network.",
        "select the start from the master data, with its date.",
    )


def _no_departures(_: Finding) -> Told:
    return Told(
        "no cancellation, pre-cancellation or port-out is told of anybody.",
        "the departures, or there is nothing to learn but the silence of prepaid customers.",
        "select those who left too: many extracts hold only who is still there.",
    )


def _departures_missing(one: Finding) -> Told:
    return Told(
        f"nobody left in {months_of(one.values['months'])}, though otherwise several leave every "
        f"month.",
        "departures in every month; a label would call these customers stayed.",
        "import the contract events of these months; until then do not train.",
    )


def _in_order(one: Finding) -> Told:
    health = one.values["health"]
    clocks: Clocks = health.clocks
    return Told(f"in order, from {clocks.first_event:%F} to {clocks.last_event:%F}.")


WORDS: dict[str, Callable[[Finding], Told]] = {
    "last_days_missing": _last_days_missing,
    "days_missing": _days_missing,
    "days_thin": _days_thin,
    "months_missing": _months_missing,
    "stopped": _stopped,
    "orphans": _orphans,
    "never_started": _never_started,
    "no_departures": _no_departures,
    "departures_missing": _departures_missing,
    "in_order": _in_order,
}

"""What moved, in plain sentences of each language: what it is, how far, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from features import catalogue
from features.settings import FeatureSettings, home_settings
from features.words import say, words
from serving.monitoring.watch import Alarm, Watched
from training.drift.compared import Moved

RENAME_SLACK = 0.5  # how far the shares of an old and a new name may be apart, of the larger one


@dataclass(frozen=True)
class Said:
    """A sentence that begins with `what`, and what to do."""

    what: str
    text: str
    do: str


class Wording:
    """The words for what moved in one home, in one language."""

    def __init__(self, home: Path, language: str) -> None:
        currency = home_settings(home, "features", FeatureSettings).currency
        self._language = language
        self._features = {
            own.name: own.zh if language == "zh" else own.en for own in catalogue.features(currency)
        }

    def of(self, alarm: Alarm) -> Said:
        """How an alarm is said."""
        moved, what = alarm.moved, self._what(alarm)
        kind = "shape_level" if moved.kind == "shape" and moved.after is None else moved.kind
        places = self._say("between").join(moved.places)
        text = self._say(
            kind,
            what=what,
            where=self._say("where", places=places) if places else "",
            more=self._say("more", count=len(moved.more)) if moved.more else "",
            factor=_number(moved.factor),
            levels=self._levels(moved),
            missing_before=moved.missing_before,
            missing_after=moved.missing_after,
            before=_written(kind, moved.before),
            after=_written(kind, moved.after),
        )
        return Said(what, text, self._say(self._do(alarm)))

    def lines(self, watched: Watched) -> list[str]:
        """What a command prints of a night with alarms."""
        head = self._say(
            "head",
            as_of=watched.as_of,
            reference=watched.reference,
            customers=watched.customers,
        )
        found = [head, *([self._say("other_model")] if watched.other_model else [])]
        for number, own in enumerate(watched.alarms, 1):
            said = self.of(own)
            found.append(
                self._say(
                    "line_feed" if own.about == "feed" or own.moved.kind == "absent" else "line",
                    number=number, text=said.text, do=said.do, since=own.since, owner=own.owner,
                    size=own.moved.size, limit=own.moved.limit,
                )
            )  # fmt: skip
        return found

    def quiet(self, watched: Watched) -> str:
        """What there is to say of a night without alarms."""
        key = "first" if watched.is_first else "nothing"
        return self._say(key, as_of=watched.as_of, reference=watched.reference)

    def _say(self, key: str, **values: object) -> str:
        return say("watch", key, self._language, **values)

    def _what(self, alarm: Alarm) -> str:
        name = alarm.moved.name
        if alarm.about == "feed":
            return words(self._language, "pages_checking").get(f"feed_{name}", name)
        if alarm.about == "score":
            return self._say(name)
        return self._features.get(name, name)

    def _do(self, alarm: Alarm) -> str:
        if alarm.about == "score":
            return "score_do"
        if alarm.moved.kind == "levels" and is_rename(alarm.moved):
            return "renamed_do"
        return f"{alarm.moved.kind}_do"

    def _levels(self, moved: Moved) -> str:
        new = [self._say("level_new", level=own, share=share) for own, share in moved.new]
        gone = [self._say("level_gone", level=own, share=share) for own, share in moved.gone]
        return self._say("between_levels").join((*new, *gone))


def is_rename(moved: Moved) -> bool:
    """Whether a level that is new has about the share of one that has gone."""
    return any(
        abs(share - old) <= RENAME_SLACK * max(share, old)
        for _, share in moved.new
        for _, old in moved.gone
    )


def _written(kind: str, value: float | None) -> object:
    """A figure as its sentence takes it: a share, whole days, or a mean."""
    if kind == "quarantined":
        return value
    return f"{value:.0f}" if kind == "late" and value is not None else _number(value)


def _number(value: float | None) -> str:
    """A number with three digits that count, or all before the point.

    >>> _number(1234.56), _number(0.012345), _number(12.0), _number(None)
    ('1,235', '0.0123', '12', '–')
    """
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"

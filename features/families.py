"""How one declared line becomes features: names, words, and what each is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from features.aggregates import Aggregate

CURRENCY = "{currency}"
ALWAYS = 10_000  # weeks: a window without end


@dataclass(frozen=True)
class Feature:
    """One column of the matrix, and all that is said of it.

    `stream` names the stream it aggregates (see `builder`), "standing" and "profile" being one
    row a customer. `aggregate` is None for a value taken as it stands. `scale` divides the
    stored integer into the unit people read. `needs` are the feed columns without which it
    does not exist.
    """

    name: str
    stream: str
    column: str
    aggregate: Aggregate | None
    weeks: int
    scale: int
    unit: str
    group: str
    en: str
    zh: str
    staff_may_hear: bool
    is_category: bool
    needs: frozenset[str]

    @property
    def weeks_read(self) -> int:
        """How many weeks back it looks: twice its window where it compares two."""
        return self.weeks * max(1, self.aggregate.weeks_needed if self.aggregate else 1)

    def definition(self) -> list[object]:
        """What the fingerprint is made of: everything that can change the numbers."""
        how = self.aggregate.definition() if self.aggregate else "as it stands"
        return [self.name, self.stream, self.column, how, self.weeks, self.scale, self.is_category]


@dataclass
class Declarations:
    """The families of one history; `declare` adds one."""

    stream: str
    feed: str
    group: str
    families: list[Callable[[str], list[Feature]]] = field(default_factory=list)

    def declare(
        self,
        measure: str,
        aggregates: Sequence[Aggregate | None] = (None,),
        *,
        weeks: Sequence[int] = (ALWAYS,),
        column: str | None = None,
        scale: int = 1,
        unit: str,
        en: str,
        zh: str,
        needs: Sequence[str] | None = None,
        group: str | None = None,
        staff_may_hear: bool = True,
        is_category: bool = False,
    ) -> None:
        """Add a family.

        `measure` carries its unit in its name; `{currency}` in it becomes the operator's.
        `column` is the stream's column (default: the measure) and `needs` the feed's columns
        it is made of (default: that column), or another's where the name says it (`calls.day`).
        """
        source = column or measure
        columns = needs if needs is not None else (source,)

        def expand(currency: str) -> list[Feature]:
            return [
                Feature(
                    name=_name(measure, aggregate, window, self.stream, currency),
                    stream=self.stream,
                    column=source,
                    aggregate=aggregate,
                    weeks=window,
                    scale=scale,
                    unit=(aggregate.unit if aggregate and aggregate.unit else unit).replace(
                        CURRENCY, currency
                    ),
                    group=group or self.group,
                    en=_words("en", en, aggregate, window, self.stream),
                    zh=_words("zh", zh, aggregate, window, self.stream),
                    staff_may_hear=staff_may_hear,
                    is_category=is_category,
                    needs=frozenset(
                        needed if "." in needed else f"{self.feed}.{needed}" for needed in columns
                    ),
                )
                for window in weeks
                for aggregate in aggregates
            ]

        self.families.append(expand)


def _name(measure: str, aggregate: Aggregate | None, weeks: int, stream: str, currency: str) -> str:
    window = "" if weeks == ALWAYS else f"{7 * weeks}d" if stream == "days" else f"{weeks}w"
    parts = [measure.replace(CURRENCY, currency.lower()), window]
    parts.append(aggregate.ending if aggregate else "")
    return "_".join(part for part in parts if part)


def _words(language: str, what: str, aggregate: Aggregate | None, weeks: int, stream: str) -> str:
    if stream == "days":
        window = {"en": f"{7 * weeks} days", "zh": f"{7 * weeks}天"}[language]
    else:
        window = {"en": "week" if weeks == 1 else f"{weeks} weeks", "zh": f"{weeks}周"}[language]
    what = what.replace("{window}", window)
    if aggregate is None:
        return what
    phrase = {"en": aggregate.en, "zh": aggregate.zh}[language]
    return phrase.replace("{what}", what).replace("{window}", window)

"""How one declared line becomes features: names, words and inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from features.catalogue.aggregates import ALWAYS, Aggregate
from features.catalogue.sentences import Saying, saying_of, window_words
from features.words import LANGUAGES

CURRENCY = "{currency}"
COMPARED = ("trend", "change", "usual_change")  # their sentences say with what


@dataclass(frozen=True)
class Feature:
    """One column of the matrix, and all that is said of it.

    `stream` names the stream it aggregates (see `builder`), "standing" and "profile" being one
    row a customer. `aggregate` is None for a value taken as it stands. `scale` divides the
    stored integer into the unit people read. `en` and `zh` name it; `saying` has the sentences
    that staff may say of its value (see `sentences`), None where there are none: it then counts
    in the model and is never a reason. `needs` are the feed columns without which it does not
    exist.
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
    saying: Saying | None
    is_category: bool
    needs: frozenset[str]

    @property
    def weeks_read(self) -> int:
        """How many weeks back it looks: twice its window where it compares two."""
        return self.weeks * max(1, self.aggregate.weeks_needed if self.aggregate else 1)

    def definition(self) -> list[object]:
        """What the fingerprint is computed from: everything that can change the numbers."""
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

        What staff may say of it stands in `sentences.toml`, under the measure's name; what does
        not is said in plain words that `en` and `zh` are put into. A category is never said: plans,
        brands and cities go by words of the operator's own systems.

        `measure` carries its unit in its name; `{currency}` in it becomes the operator's. `column`
        is the stream's column (default: the measure) and `needs` the feed's columns it is computed
        from (default: that column), or another's where the name says it (`calls.day`).
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
                    saying=_saying(measure, aggregate, window, self.stream, (en, zh))
                    if staff_may_hear and not is_category
                    else None,
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


def _saying(
    measure: str, aggregate: Aggregate | None, weeks: int, stream: str, words: tuple[str, str]
) -> Saying | None:
    ending = aggregate.ending if aggregate else ""
    name = tuple(
        _words(language, what, None if ending in COMPARED else aggregate, weeks, stream)
        for language, what in zip(LANGUAGES, words, strict=True)
    )
    return saying_of(measure.replace(f"_{CURRENCY}", ""), ending, weeks, stream, name)


def _words(language: str, what: str, aggregate: Aggregate | None, weeks: int, stream: str) -> str:
    window = window_words(language, weeks, stream)
    what = what.replace("{window}", window)
    if aggregate is None:
        return what
    phrase = {"en": aggregate.en, "zh": aggregate.zh}[language]
    return phrase.replace("{what}", what).replace("{window}", window)

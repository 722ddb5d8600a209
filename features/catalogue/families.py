"""How a measure and a declared line become features: names, words and inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

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
    """The families of one history, in order; `measure` begins one."""

    stream: str
    feed: str
    group: str
    families: list[Callable[[str], list[Feature]]] = field(default_factory=list)

    def measure(
        self,
        name: str,
        en: str,
        zh: str,
        *,
        unit: str = "",
        column: str | None = None,
        scale: int = 1,
        needs: Sequence[str] | None = None,
        group: str | None = None,
        staff_may_hear: bool = True,
        is_category: bool = False,
    ) -> Measure:
        """What is measured and its words; it has no feature before `declare`.

        `name` carries its unit; `{currency}` in it becomes the operator's. `column` is the stream's
        column (default: the name) and `needs` the feed's columns it is computed from (default: that
        column), or another's where the name says it (`calls.day`).
        """
        return Measure(
            self, name, en, zh, unit, column or name, scale,
            tuple(needs) if needs is not None else (column or name,),
            group or self.group, staff_may_hear, is_category,
        )  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """A column of a history's stream with its words, from which lines declare features.

    What staff may say of it stands in `sentences.toml`, under its name; what does not is said in
    plain words that `en` and `zh` are put into. A category is never said: plans, brands and cities
    go by words of the operator's own systems.
    """

    history: Declarations
    name: str
    en: str
    zh: str
    unit: str
    column: str
    scale: int
    needs: tuple[str, ...]
    group: str
    staff_may_hear: bool
    is_category: bool

    def declare(self, *aggregates: Aggregate, weeks: Sequence[int] = (ALWAYS,)) -> None:
        """Add a feature for each of the windows and aggregates; without, the value as it stands."""
        chosen = aggregates or (None,)

        def expand(currency: str) -> list[Feature]:
            return [self._feature(one, window, currency) for window in weeks for one in chosen]

        self.history.families.append(expand)

    def of(self, history: Declarations) -> Measure:
        """The same measure of another stream of the feed, in its own group."""
        return replace(self, history=history)

    def _feature(self, aggregate: Aggregate | None, weeks: int, currency: str) -> Feature:
        stream, words = self.history.stream, (self.en, self.zh)
        unit = aggregate.unit if aggregate and aggregate.unit else self.unit
        may_be_said = self.staff_may_hear and not self.is_category
        return Feature(
            name=_name(self.name, aggregate, weeks, stream, currency),
            stream=stream,
            column=self.column,
            aggregate=aggregate,
            weeks=weeks,
            scale=self.scale,
            unit=unit.replace(CURRENCY, currency),
            group=self.group,
            en=_words("en", self.en, aggregate, weeks, stream),
            zh=_words("zh", self.zh, aggregate, weeks, stream),
            staff_may_hear=self.staff_may_hear,
            saying=_saying(self.name, aggregate, weeks, stream, words) if may_be_said else None,
            is_category=self.is_category,
            needs=frozenset(
                needed if "." in needed else f"{self.history.feed}.{needed}"
                for needed in self.needs
            ),
        )


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

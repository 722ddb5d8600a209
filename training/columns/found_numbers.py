"""Whether a column is numbers, how they are written, and in which unit.

Numbers in two units, or in a style that leaves two readings, are refused with the question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from features.errors import TableRefused
from training.columns import NUMBER, TableColumn
from training.forms import numerals
from training.forms.clocks import CLOCK, clock_of
from training.forms.marks import FEW_LEVELS, marks_of, missing_note
from training.forms.numerals import POINT, Numeral, numeral_of
from training.forms.texts import CLOCK as TIMES
from training.forms.texts import MOMENT, TEXT, TRUTH, Seen
from training.forms.texts import NUMBER as NUMBERS


@dataclass(frozen=True)
class Written:
    """How the numbers of a column are written, as `styles_of` finds it.

    `styles` fit every numeral; more than one where they give the same numbers, or `doubt` names a
    text that they read differently. `others` are texts that are not numbers of the best style.
    """

    styles: tuple[str, ...]
    units: Counter[str]
    others: tuple[str, ...]
    doubt: str = ""


def styles_of(counts: Counter[str], allowed: Sequence[str] = tuple(numerals.STYLES)) -> Written:
    """How texts, each in so many rows, write numbers."""
    taken = {text: found for text in counts if (found := numeral_of(text)) is not None}
    fits = {
        style: {text for text, one in taken.items() if numerals.STYLES[style].fullmatch(one.core)}
        for style in allowed
    }
    rows = {style: sum(counts[text] for text in own) for style, own in fits.items()}
    best = max(rows.values(), default=0)
    styles = tuple(style for style in fits if rows[style] == best)
    own = fits[styles[0]]
    units = Counter[str]()
    for text in own:
        units[taken[text].unit] += counts[text]
    others = tuple(sorted(text for text in counts if text not in own))
    return Written(styles, units, others, _doubt({text: taken[text] for text in own}, styles))


def _doubt(taken: dict[str, Numeral], styles: Sequence[str]) -> str:
    """A text that the styles read as different numbers, else ""."""
    if len(styles) < 2:
        return ""
    for text, one in taken.items():
        if len({numerals.value_of(one, style) for style in styles} - {None}) > 1:
            return text
    return ""


def is_whole(texts: Iterable[str], style: str) -> bool:
    """Whether points group the thousands of these numbers, none of which has a decimal.

    Then a program that took the points for decimals (3.249) is not believed.
    """
    cores = [one.core for text in texts if (one := numeral_of(text)) is not None]
    return (
        style == numerals.COMMA
        and any("." in core for core in cores)
        and not any("," in c for c in cores)
    )


def has_comma(texts: Iterable[str], style: str) -> bool:
    """Whether numbers have decimal commas, none of them before three digits (1.234,50).

    Then a typed number with three decimals may be thousands that a program took for decimals.
    """
    cores = [one.core for text in texts if (one := numeral_of(text)) is not None]
    after = [len(core.partition(",")[2]) for core in cores if "," in core]
    return style == numerals.COMMA and bool(after) and 3 not in after


def number_column(name: str, own: Seen, choice: str) -> TableColumn | None:
    """Numbers, as such or written as text, but for a few texts that stand for missing ones."""
    if own.of(MOMENT) or own.of(TIMES) or own.of(TRUTH):
        return None
    allowed = numerals.CHOICES.get(choice, tuple(numerals.STYLES))
    written = styles_of(own.of(TEXT), allowed)
    marks = marks_of(name, "numbers", own, written.others)
    if marks is None:
        return None
    unit = _unit_of(name, own, written.units)
    if unit is None:
        return None
    if written.doubt:
        _refuse_two_styles(name, written.doubt)
    style = written.styles[0] if own.of(TEXT) else "point"
    whole = is_whole(own.of(TEXT), style)
    is_truth = {text.removesuffix(".0") for text in own.counts} == {"0", "1"}
    has_point = style == POINT and any("." in text for text in own.of(TEXT))
    written_as = "written 1234.5" if has_point else numerals.WORDS[style]
    parts = [
        written_as,
        "0 and 1" if is_truth else "",
        f"in {unit}" if unit else "",
        missing_note(own, marks),
    ]
    return TableColumn(
        name,
        NUMBER,
        "; ".join(part for part in parts if part),
        style=style,
        missing=marks,
        unit=unit,
        whole=whole,
        comma=has_comma(own.of(TEXT), style),
        no="0" if is_truth else "",
        yes="1" if is_truth else "",
    )


def _unit_of(name: str, own: Seen, units: Counter[str]) -> str | None:
    """The one unit of the numbers; null where they are rather a category, such as 3G and 10A."""
    named = [unit for unit, _ in units.most_common() if unit]
    if not named:
        return ""
    bare = [text for text in own.of(TEXT) if _is_bare(text)]
    bare += [text for text in own.of(NUMBERS) if text != "0"]
    if len(named) == 1 and not bare:
        return named[0]
    if len(own.counts) <= FEW_LEVELS and not bare:
        return None
    others = [f"{unit} ({units[unit]:,})" for unit in named[:3]]
    if bare:
        others.append(f"none ({sum(own.counts[text] for text in bare):,}, such as {bare[0]!r})")
    raise TableRefused(
        f"column {name} has numbers in several units: {', '.join(others)}. Write all in one unit, "
        f"or exclude the column with --drop {name}.",
        column=name,
    )


def _is_bare(text: str) -> bool:
    """Whether a text is a number without a unit, other than 0."""
    one = numeral_of(text)
    return one is not None and not one.unit and bool(one.core.strip("0.,"))


def _refuse_two_styles(name: str, text: str) -> None:
    one = numeral_of(text)
    assert one is not None
    ways = [
        (choice, value)
        for choice, styles in numerals.CHOICES.items()
        if (value := next(filter(None, (numerals.value_of(one, s) for s in styles)), None))
    ]
    readings = " or ".join(f"{value:.12g} (--read {name}={choice})" for choice, value in ways)
    raise TableRefused(
        f"column {name}: {text!r} may be {readings}, and every value of the column fits both. "
        f"Say which.",
        column=name,
    )


def parts_column(name: str, own: Seen) -> TableColumn | None:
    """Durations of which some have several units (2分37秒), others may have one (37秒)."""
    several = any(numeral_of(text) is None for text in own.of(TEXT))
    return clock_column(name, own) if several and not own.of(TIMES) else None


def clock_column(name: str, own: Seen) -> TableColumn | None:
    """Times of day and durations, as such or written 10:30 or 10:30:15."""
    if not own.only(TEXT, TIMES):
        return None
    if any(clock_of(text) is None for text in own.of(TEXT)):
        return None
    return TableColumn(name, NUMBER, numerals.WORDS[CLOCK], style=CLOCK)

"""Words among numbers or dates that stand for a missing value, or are mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from itertools import chain

from features.errors import TableRefused
from training.forms.texts import Seen

NEARLY_ALL = 0.95  # above this the other values are mistakes, not another kind
MAX_MARKS = 5  # texts that can stand for a missing value
FEW_LEVELS = 20  # so many texts may be a category though most look like numbers or dates


def marks_of(name: str, what: str, own: Seen, others: Collection[str]) -> tuple[str, ...] | None:
    """The texts among numbers or dates that stand for a missing one; null where it is a category.

    They are few, words without digits, and rarer than the numbers. Raises TableRefused where the
    other texts are mistakes.
    """
    if not others:
        return ()
    counts, total = own.counts, own.total
    rows = sum(counts[text] for text in others)
    different = len(counts) - len(others)
    words = not any(character.isdecimal() for character in chain(*others))
    if words and rows < total / 2 and len(others) <= MAX_MARKS < different:
        return tuple(sorted(others))
    share = 1 - rows / total
    if share >= NEARLY_ALL or (share >= 0.5 and different > FEW_LEVELS):
        raise TableRefused(
            f"column {name}: {total - rows:,} values are {what}, {rows:,} are not "
            f"({quoted(sorted(others)[:3])}). Correct or empty them, exclude the column with "
            f"--drop {name}, or read it as words with --read {name}=category.",
            column=name,
        )
    return None


def rows_of(own: Seen, missing: Collection[str]) -> Counter[str]:
    return Counter({text: own.counts[text] for text in missing if text in own.counts})


def missing_note(own: Seen, marks: Collection[str]) -> str:
    return f"{shown(rows_of(own, marks))} counts as missing" if marks else ""


def shown(counts: Counter[str]) -> str:
    """Texts with their rows, as far as a line holds them."""
    shown = ", ".join(f"'{text[:40]}' ({rows:,})" for text, rows in counts.most_common(5))
    return shown + (", ..." if len(counts) > 5 else "")


def quoted(found: Collection[str]) -> str:
    return ", ".join(f"'{text[:40]}'" for text in found)

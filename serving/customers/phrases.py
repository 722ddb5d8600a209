"""What the views of customers say alike: a term, a change from one to another, aligned columns."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from features.words import say, words


def phrase(key: str, language: str, /, **values: object) -> str:
    """The text `key` of `customers.toml`, its places filled.

    >>> phrase("bound", "en", tier="gold", amount=115.1)
    'gold from 115.10'
    """
    return say("customers", key, language, **values)


def term(name: str | None, language: str) -> str:
    """A value tier or payment mode in words, also where it is not known.

    >>> term("gold", "zh"), term(None, "zh")
    ('金', '未知')
    """
    return words(language, "customers", "terms")["none" if name is None else name]


def change(before: str, after: str, language: str) -> str:
    """A tier and the one after it.

    >>> change("silver", "gold", "zh")
    '银 → 金'
    """
    return phrase("change", language, before=term(before, language), after=term(after, language))


def listed(parts: Iterable[str], language: str) -> str:
    """The parts of one line.

    >>> listed(["金", "银"], "zh")
    '金，银'
    """
    return phrase("between", language).join(parts)


def padded(text: str, columns: int) -> str:
    """The text with spaces up to so many columns of a terminal, where Chinese letters take two.

    >>> padded("金", 4), padded("gold", 2)
    ('金  ', 'gold')
    """
    return text + " " * (columns - cell_len(text))

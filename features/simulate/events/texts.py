"""What complaining customers say, in Chinese and English, put together by a grammar.

The grammar is `grammar.toml`. A sentence is an opening, a place, a time, what happened, how
often, a remark, a demand and an ending, each chosen at random, in one of several orders. What
happened comes from a theme; themes belong to several categories with different weights and
the remarks are about anything, so that topics found in the texts are not the category over again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.feeds import CANCEL_REQUEST
from features.settings import read_toml

Array = NDArray[Any]

CATEGORIES = ("network", "billing", "service", CANCEL_REQUEST)
CHANNELS = ("hotline", "store", "app")
REASONS = {
    "base": "other",
    "bill_shock": "price",
    "complaint": "service",
    "contract_end": "contract ended",
    "network_trouble": "network",
    "fading": "no longer needed",
    "rival": "rival offer",
    "friends": "family and friends",
    "arrears": "price",
    "early_life": "not as expected",
    "cancel_request": "price",
    "unmeasured": "other",
}
# What each number in braces may be, from the first to before the second.
NUMBERS = {
    "minutes": (2, 60),
    "hours": (2, 48),
    "days": (2, 30),
    "times": (2, 9),
    "yuan": (5, 300),
    "years": (2, 16),
    "month": (1, 13),
}
RIVALS = {"zh": ("另一家", "对面那家", "别的运营商", "别家"), "en": ("another operator", "a rival")}
BLANK = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Language:
    """The parts of a language's sentences; `places` by the name that themes use, `demands` by
    category."""

    orders: tuple[tuple[str, ...], ...]
    openings: tuple[str, ...]
    times: tuple[str, ...]
    times_once: tuple[str, ...]
    times_after: tuple[str, ...]
    often: tuple[str, ...]
    asides: tuple[str, ...]
    endings: tuple[str, ...]
    places: dict[str, tuple[str, ...]]
    demands: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Theme:
    """Something to complain of: how often in each category, where, and in which words; whether
    it comes again and again."""

    name: str
    recurs: bool
    weights: dict[str, float]
    places: str
    zh: tuple[str, ...]
    en: tuple[str, ...]


@dataclass(frozen=True)
class Praise:
    zh: tuple[str, ...]
    en: tuple[str, ...]


@dataclass(frozen=True)
class Grammar:
    zh_share: float
    zh: Language
    en: Language
    themes: tuple[Theme, ...]
    praise: Praise


def texts(category: Array, rng: np.random.Generator) -> Array:
    """One sentence per element as an object array; the same `rng` state gives the same texts.

    `category` holds names of CATEGORIES or positions in it. Raises ValueError for others.

    >>> len(texts(np.array(["network", "billing"]), np.random.default_rng(1)))
    2
    """
    codes = _codes(category)
    grammar, n = _grammar(), len(codes)
    theme = np.zeros(n, dtype=np.int64)
    u = rng.random(n)
    for code, name in enumerate(CATEGORIES):
        weights = np.cumsum([theme.weights.get(name, 0.0) for theme in grammar.themes])
        rows = codes == code
        theme[rows] = np.searchsorted(weights / weights[-1], u[rows], side="right")
    is_zh = rng.random(n) < grammar.zh_share
    said = np.full(n, "", dtype=object)
    for language, rows in (("zh", np.flatnonzero(is_zh)), ("en", np.flatnonzero(~is_zh))):
        said[rows] = _sentences(grammar, language, codes[rows], theme[rows], rng)
    return said


def praises(count: int, rng: np.random.Generator) -> Array:
    """What people say who have nothing to complain of, as an object array."""
    grammar = _grammar()
    is_zh = rng.random(count) < grammar.zh_share
    said = np.where(
        is_zh, _pick(grammar.praise.zh, count, rng), _pick(grammar.praise.en, count, rng)
    )
    return _filled(said, "en", rng)


def _sentences(
    grammar: Grammar, language: str, codes: Array, theme: Array, rng: np.random.Generator
) -> Array:
    words: Language = getattr(grammar, language)
    n = len(codes)
    parts = {
        name: _pick(getattr(words, name), n, rng)
        for name in ("openings", "times", "times_after", "often", "asides", "endings")
    }
    for name in ("events", "places", "demands"):
        parts[name] = np.full(n, "", dtype=object)
    for number, about in enumerate(grammar.themes):
        rows = np.flatnonzero(theme == number)
        parts["events"][rows] = _pick(getattr(about, language), len(rows), rng)
        parts["places"][rows] = _pick(words.places[about.places], len(rows), rng)
        if not about.recurs:
            parts["times"][rows] = _pick(words.times_once, len(rows), rng)
            parts["often"][rows] = parts["times_after"][rows] = ""
    for code, category in enumerate(CATEGORIES):
        rows = np.flatnonzero(codes == code)
        parts["demands"][rows] = _pick(words.demands[category], len(rows), rng)
    said = np.full(n, "", dtype=object)
    order = rng.integers(0, len(words.orders), n)
    for number, names in enumerate(words.orders):
        rows = np.flatnonzero(order == number)
        for name in names:
            said[rows] = said[rows] + parts[name][rows]
    return _filled(said, language, rng)


def _filled(said: Array, language: str, rng: np.random.Generator) -> Array:
    """The sentences with their blanks filled in."""
    whole = np.empty(len(said), dtype=object)
    for i, (text, u) in enumerate(zip(said, rng.random(len(said)), strict=True)):
        pieces = BLANK.split(text)
        pieces[1::2] = [_word(blank, language, u) for blank in pieces[1::2]]
        whole[i] = "".join(pieces)
    return whole


def _word(blank: str, language: str, u: float) -> str:
    if blank == "rival":
        names = RIVALS[language]
        return names[int(u * len(names))]
    low, high = NUMBERS[blank]
    return str(low + int(u * (high - low)))


def _pick(options: Sequence[str], count: int, rng: np.random.Generator) -> Array:
    return np.array(options, dtype=object)[rng.integers(0, len(options), count)]


def _codes(category: Array) -> Array:
    if category.dtype.kind in "iu":
        codes = category.astype(np.int64)
        known = (codes >= 0) & (codes < len(CATEGORIES))
    else:
        codes = np.full(len(category), -1, dtype=np.int64)
        for code, name in enumerate(CATEGORIES):
            codes[category == name] = code
        known = codes >= 0
    if not known.all():
        found = category[~known][0]
        raise ValueError(f"category {found!r}; expected one of {', '.join(CATEGORIES)}")
    return codes


@cache
def _grammar() -> Grammar:
    return read_toml(Path(__file__).parent / "grammar.toml", Grammar)

"""The words of every kind of finding."""

from __future__ import annotations

from collections.abc import Callable

from features.doctor import Finding
from serving.doctor import clock_words, model_words, row_words, supply_words
from serving.doctor.told import Told

WORDS: dict[str, Callable[[Finding], Told]] = {
    **supply_words.WORDS,
    **clock_words.WORDS,
    **row_words.WORDS,
    **model_words.WORDS,
}

"""What the code remarks in English, in another language: how a file was read, what a column is.

Remarks stand as they are in JSON and in the records of models; only what is displayed is
translated, found by its English text in `remarks.toml`, else among the refusals. Known limit: what
has no words there stays in English, whole, since half of a remark would be read wrongly.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from features.words import say, words
from features.words.refusals import in_language

SEPARATORS = ("between_reasons", "between_remarks", "between_parts")
CODE = re.compile(r"[\w-]+", re.ASCII)  # UTF-8, gzip, Parquet


def remark(text: str, language: str) -> str:
    """One remark in `language`.

    >>> remark("is a key: 600 different texts in 600 rows", "zh")
    '是标识列：600行中有600个不同取值'
    """
    return text if language == "en" else _found(text, language) or text


def remarks(text: str, language: str) -> str:
    """Several of them, after a colon, `; ` or a comma; all in `language` or none.

    >>> remarks("UTF-8, comma between columns, all 602 rows", "zh")
    'UTF-8，以逗号分列，共602行'
    """
    return text if language == "en" else _parts(text, language) or text


def _parts(text: str, language: str) -> str | None:
    """In parts where each is known, so that a value that holds a separator is kept."""
    for separator in SEPARATORS:
        parts = text.split(words("en", "remarks")[separator])
        said = [_parts(part, language) for part in parts] if len(parts) > 1 else [None]
        if None not in said:
            return words(language, "remarks")[separator].join(map(str, said))
    found = _found(text, language)
    return text if found is None and CODE.fullmatch(text) else found


def _found(text: str, language: str) -> str | None:
    for key, pattern in _patterns().items():
        found = pattern.fullmatch(text)
        if found:
            return say("remarks", key, language, **found.groupdict())
    said = in_language(text, language)
    return None if said == text else said


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Each English text as a pattern: what changes is a named group."""
    return {key: _pattern(text) for key, text in words("en", "remarks").items()}


def _pattern(text: str) -> re.Pattern[str]:
    parts = [
        re.escape(literal) + (f"(?P<{name}>.+?)" if name else "")
        for literal, name, _, _ in Formatter().parse(text)
    ]
    return re.compile("".join(parts), re.DOTALL)

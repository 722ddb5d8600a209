"""The encoding of a text, decided by how well its words read in each; refused where two do.

Only bytes beyond ASCII speak of an encoding, so the evidence is the distinct words that have
some. Each encoding is judged by the languages that are written in it (`letters`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from features.errors import FileRefused
from features.files.text.letters import STANDARDS, cost

WEST = ("es", "pt", "fr", "it", "de", "nl", "sv", "da", "no", "fi", "is", "ca", "en", "et")
CENTRAL = ("pl", "cs", "sk", "hu", "sl", "hr", "ro", "de", "en")
CYRILLIC = ("ru", "uk", "bg", "sr", "mk")
# The languages written in each encoding, and the odds against meeting it at all.
ENCODINGS: dict[str, tuple[tuple[str, ...], float]] = {
    "UTF-8": ((*WEST, *CENTRAL, *CYRILLIC, "lt", "lv", "tr", "el", "he", "ar", "fa", "th",
               "zh", "zh_Hant", "ja", "ko"), -8.0),
    "GB18030": (("zh",), 0.0),
    "cp1252": (WEST, 0.0),
    "Big5": (("zh_Hant",), 1.5),
    "cp932": (("ja",), 1.5),
    "cp1251": (CYRILLIC, 1.5),
    "cp949": (("ko",), 2.5),
    "cp1250": (CENTRAL, 1.5),
    "cp1254": (("tr", "en"), 1.5),
    "cp1253": (("el",), 3.0),
    "cp1255": (("he",), 3.0),
    "cp1256": (("ar", "fa"), 3.0),
    "cp1257": (("lt", "lv", "et"), 2.5),
    "cp874": (("th",), 2.0),
    "iso8859-2": (CENTRAL, 2.5),
    "iso8859-15": (WEST, 2.5),
    "koi8-r": (("ru",), 3.0),
    "cp866": (("ru",), 3.0),
    "koi8-u": (("uk",), 4.0),
    "cp850": (WEST, 4.0),
    "cp437": (WEST, 4.5),
    "cp852": (CENTRAL, 4.5),
    "mac-roman": (WEST, 5.0),
    "euc-jp": (("ja",), 5.0),
    "Big5-HKSCS": (("zh_Hant",), 5.0),
    "iso8859-5": (("ru",), 5.0),
}  # fmt: skip
MARGIN = 8.0  # a reading more likely by more than this (natural logarithm) than the next is taken
LATIN_MARGIN = 11.0  # of two encodings of Latin letters, whose languages are alike
UTF8_MARGIN = 4.0  # words are seldom UTF-8 by accident
SURE_WORDS = 5  # so many distinct words that are UTF-8 are so by no accident
JUDGED_WORDS = 300
MAX_COST_PER_BYTE = 6.5  # above it, nothing reads as words
DOUBTFUL_COST_PER_BYTE = 3.6  # words of a language cost 2 to 3.5; letters thrown together more
DOUBTFUL_IDEOGRAPHS = 4.5  # of which many are in use and few were counted
MIXED = 12.0  # a word so much likelier as UTF-8 than in the encoding of the others
DIGITS = re.compile(rb"[0-9]+")  # words that differ in them alone say the same of an encoding
BETWEEN_WORDS = re.compile(rb"[\x00-\x2f\x3a-\x3f]+")  # bytes that end a word in every encoding


@dataclass(frozen=True)
class Reading:
    """The words in one encoding, and how unlikely they are."""

    encoding: str
    words: tuple[str, ...]
    cost: float


def encoding_of(words: Collection[bytes], name: str, remedy: str) -> str:
    """The encoding in which the words of a file read as words.

    `words` are the distinct ones with bytes beyond ASCII. `remedy` says how to declare one. Raises
    FileRefused where no encoding fits, or where more than one does and they read differently.
    """
    if not words:
        return "UTF-8"
    if len(words) >= SURE_WORDS and _decoded(words, "UTF-8") is not None:
        return "UTF-8"
    words = list({DIGITS.sub(b"0", word): word for word in reversed(list(words))}.values())[::-1]
    readings = _readings(words)
    size = sum(len(word) + 1 for word in words[:JUDGED_WORDS])
    if not readings or readings[0].cost > MAX_COST_PER_BYTE * size:
        raise FileRefused(
            f"{name} reads as words in none of the encodings that were tried "
            f"({', '.join(ENCODINGS)}). It is damaged, or not text; or {remedy}."
        )
    best = readings[0]
    _check_unmixed(name, words, best)
    ideographs = not STANDARDS.keys().isdisjoint(ENCODINGS[best.encoding][0])
    most = DOUBTFUL_IDEOGRAPHS if ideographs else DOUBTFUL_COST_PER_BYTE
    is_doubtful = best.encoding != "UTF-8" and best.cost > most * size
    rivals = [
        one for one in readings[1:] if is_doubtful or one.cost - best.cost <= _margin(best, one)
    ]
    if rivals:
        raise FileRefused(_question(name, [best, *rivals[:3]], remedy))
    return best.encoding


def checked_codec(name: str) -> str | None:
    """What Python calls the encoding, or None if it has none of this name."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _readings(words: list[bytes]) -> list[Reading]:
    """Every different reading of the words, the likeliest first."""
    best: dict[tuple[str, ...], Reading] = {}
    for encoding, (languages, odds) in ENCODINGS.items():
        if _decoded(words, encoding) is None:
            continue
        texts = tuple(word.decode(encoding) for word in words[:JUDGED_WORDS])
        total = odds + sum(cost(text, languages) for text in texts)
        if texts not in best:
            best[texts] = Reading(encoding, texts, total)
        elif total < best[texts].cost:
            best[texts] = Reading(best[texts].encoding, texts, total)
    return sorted(best.values(), key=lambda reading: reading.cost)


def _margin(best: Reading, other: Reading) -> float:
    """By how much the best reading must be likelier than another one."""
    if best.encoding == "UTF-8":
        return UTF8_MARGIN
    latin = all("en" in ENCODINGS[one.encoding][0] for one in (best, other))
    return LATIN_MARGIN if latin else MARGIN


def _decoded(words: Collection[bytes], encoding: str) -> str | None:
    try:
        return b"\n".join(words).decode(encoding)
    except UnicodeDecodeError:
        return None


def _question(name: str, readings: Sequence[Reading], remedy: str) -> str:
    """What the first word that reads differently would be in each encoding."""
    seen = zip(*(reading.words for reading in readings), strict=True)
    values = next(texts for texts in seen if len(set(texts)) > 1)
    shown = [
        f"{value!r} in {reading.encoding}" for value, reading in zip(values, readings, strict=True)
    ]
    return (
        f"{name}: its encoding cannot be decided. The first value that reads differently is "
        f"{', '.join(shown)}. If you know which is right, {remedy}."
    )


def _check_unmixed(name: str, words: Collection[bytes], reading: Reading) -> None:
    """Refuse a file of which some words are UTF-8 and others are not."""
    if reading.encoding == "UTF-8":
        return
    languages = ENCODINGS[reading.encoding][0]
    for word, text in zip(words, reading.words, strict=False):
        other = _decoded([word], "UTF-8")
        if other is None or other == text:
            continue
        if cost(text, languages) - cost(other, ENCODINGS["UTF-8"][0]) > MIXED:
            raise FileRefused(
                f"{name} is in two encodings: {other!r} is UTF-8, but other values are not (they "
                f"read as {reading.encoding}). Export it again in one encoding."
            )

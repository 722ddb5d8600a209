"""How likely a text is in the languages of the world, from which letters follow which.

`letters.json` holds for each alphabetic language the letters (in pairs, ^ and $ for a word's
ends) and for Chinese, Japanese and Korean the characters, grouped by their cost: the negative
logarithm of their share, in steps of `STEP`. What is not in it costs `UNSEEN` or more.
"""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from functools import cache
from pathlib import Path

STEP = 0.5
UNSEEN = 9.0  # a pair of letters that the language does not have
RARE = 10.0  # a character of the national standard's first, common level that was not counted
RARER = 13.0  # of its second level
ODD = 16.0  # beyond both
SIGN = 6.0  # a sign that people write beside words
STRANGE = 14.0  # one that they do not
IMPOSSIBLE = 30.0  # a control character, or one that no standard has assigned
CASE = 5.0  # a capital after a small letter
LONE = 8.0  # a capital that is a whole word
BORDER = 4.0  # an ideograph that touches a Latin letter
DIGIT = 6.0  # a letter of an alphabet beyond ASCII that touches a digit
AMOUNT = 2.0  # a currency, a unit or a space that does
MIXED = 6.0  # another script's letter that does: words are of one script
BESIDE = 5.0  # a sign next to a letter that people write apart from words
INSIDE = 5.0  # a sign between two letters that is neither apostrophe nor dash

SIGNS = set(
    "–—‘’“”„…€£¥°ºª«»¡¿§©®™·²³½×µ±•№´、。（），：；「」『』【】〔〕〈〉《》！？・％－￥～／＋＝＆＃＊"
    "①②③④⑤⑥⑦⑧⑨⑩→℃\u3000\xa0"
)
AMOUNTS = set("€£¥￥°％℃\xa0")  # signs that stand next to digits
JOINERS = set("’–-")
TOUCHING = SIGNS - set("€£§©®™½×µ±•´\xa0")  # signs that stand next to letters
STANDARDS = {
    "zh": ("gb2312", 0xD8, 0xB0),
    "zh_Hant": ("big5", 0xC9, 0xA4),
    "ja": ("euc_jp", 0xD0, 0xB0),
    "ko": ("euc_kr", 0xC9, 0xB0),
}
LETTER = r"[^\W\d_\x00-\x7f\u1100-\U0010ffff]"  # of an alphabet, beyond ASCII
AT_A_DIGIT = re.compile(rf"[0-9]{LETTER}|{LETTER}[0-9]")
RUNS = re.compile(r"[^\W\d_ªº²³¹¼½¾]+|.", re.DOTALL)


@cache
def _costs(language: str) -> dict[str, float]:
    groups = json.loads(Path(__file__).with_name("letters.json").read_text("utf-8"))[language]
    size = 1 if language in STANDARDS else 2
    return {
        text[at : at + size]: int(cost) * STEP
        for cost, text in groups.items()
        for at in range(0, len(text), size)
    }


def cost(text: str, languages: tuple[str, ...]) -> float:
    """The negative logarithm of the text's likelihood, as the best of these languages has it.

    >>> cost("Málaga", ("es",)) < cost("Mбlaga", ("ru",))
    True
    """
    runs = RUNS.findall(text)
    total = sum(_run(run, languages) for run in runs)
    for before, sign, after in zip(["", *runs], runs, [*runs[1:], ""], strict=False):
        if not sign.isascii() and not _is_word(sign):
            beside = _is_word(before) + _is_word(after)
            total += INSIDE * (beside == 2 and sign not in JOINERS)
            total += BESIDE * (beside > 0 and sign not in TOUCHING)
            total -= (SIGN - AMOUNT) * (sign in AMOUNTS and _is_amount(before + after))
    return total + DIGIT * len(AT_A_DIGIT.findall(text))


def _is_amount(neighbours: str) -> bool:
    return bool(neighbours) and all(one.isdecimal() or one in AMOUNTS for one in neighbours)


def _is_word(run: str) -> bool:
    return run.isalpha() and run not in "ºª"


def _run(run: str, languages: tuple[str, ...]) -> float:
    if _is_word(run):
        return min(_word(run, language) for language in languages)
    return 4.0 if run.isascii() else sum(map(_sign, run))


def _sign(sign: str) -> float:
    if sign in SIGNS:
        return SIGN
    impossible = unicodedata.category(sign) in ("Cc", "Cn", "Co", "Cs", "Mn")
    return IMPOSSIBLE if impossible else STRANGE


@cache
def _word(word: str, language: str) -> float:
    if language in STANDARDS:
        return _characters(word, language)
    costs, lower = _costs(language), f"^{word.lower()}$"
    pairs = sum(costs.get(lower[at : at + 2], UNSEEN) for at in range(len(lower) - 1))
    lone = LONE if len(word) == 1 and word.isupper() and not word.isascii() else 0.0
    return lone + pairs + sum(_clash(one, other) for one, other in itertools.pairwise(word))


def _clash(one: str, other: str) -> float:
    """What two neighbouring letters cost besides, for their case and their scripts."""
    case = CASE if one.islower() and other.isupper() else 0.0
    return case + (MIXED if _is_latin(one) != _is_latin(other) else 0.0)


@cache
def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")


def _characters(word: str, language: str) -> float:
    costs, total = _costs(language), 0.0
    for part in re.findall(r"[a-zA-Z]+|[^a-zA-Z]", word):
        if part.isascii():
            total += _word(part, "en") + BORDER * (len(part) < len(word))
        else:
            total += costs[part] if part in costs else _unseen(part, language)
    return total


def _unseen(character: str, language: str) -> float:
    codec, second_level, first_level = STANDARDS[language]
    try:
        code = character.encode(codec)
    except UnicodeEncodeError:
        return IMPOSSIBLE if unicodedata.category(character) in ("Co", "Cn", "Cc") else ODD
    if len(code) != 2 or code[0] < first_level:
        return STRANGE
    return RARE if code[0] < second_level else RARER

"""Words beside an axis in lines of one width, in English and Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

WRAP = 34  # the width of a line, in narrow letters
JOINER = "\N{WORD JOINER}"  # between letters that stay in one line; it is not drawn
_WIDE = (
    "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60"
    "\uffe0-\uffe6"
)
_OPEN, _CLOSE = "（【《「『“‘", "）】》」』”’：；，。、！？%:;,.!?)"
_GLUE = "\N{NO-BREAK SPACE}" + JOINER
_NARROW = f"[^\\s{_GLUE}{_WIDE}{_OPEN}]"
_UNIT = f"[{_OPEN}]*(?:{_NARROW}+(?:(?![{_OPEN}])[{_WIDE}])?|[{_WIDE}])[{_CLOSE}]*"
PIECE = re.compile(f"{_UNIT}(?:[{_GLUE}]+{_UNIT})*[{_GLUE}]* *|.", re.S)


def wrapped(text: str) -> str:
    """The text in lines that fit beside an axis; Chinese characters are twice as wide.

    A line breaks at a space or between Chinese characters: never in a number or before its unit,
    never before closing punctuation, nor where a `JOINER` stands.

    >>> wrapped("近26周账单中未缴金额的比例（与此前26周相比）: 0.6\N{NO-BREAK SPACE}%").splitlines()
    ['近26周账单中未缴金额的比例（与此前', '26周相比）: 0.6\xa0%']
    """
    lines, room = [""], WRAP
    for piece in _pieces(text):
        width = sum(map(_width, piece.rstrip(" ")))
        if width > room and lines[-1]:
            lines.append("")
            room = WRAP
        lines[-1] += piece
        room -= sum(map(_width, piece))
    return "\n".join(line.rstrip(" ").replace(JOINER, "") for line in lines)


def _pieces(text: str) -> Iterator[str]:
    """What a line may be broken between, none wider than a line."""
    for piece in PIECE.findall(text):
        while sum(map(_width, piece)) > WRAP:
            fits = WRAP if piece.isascii() else WRAP // 2
            yield piece[:fits]
            piece = piece[fits:]
        yield piece


def _width(letter: str) -> int:
    if letter == JOINER:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1

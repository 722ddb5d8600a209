"""The Chinese characters of every picture and report, packaged: a bare machine has no such font.

Two files cut from Noto Sans CJK SC (licence in OFL.txt, cut by `subset`): the common characters
of GB 2312 with Latin letters and signs, and the rarer characters.
"""

from __future__ import annotations

import base64
import io
from functools import cache
from pathlib import Path

FILES = tuple(Path(__file__).with_name(name) for name in ("common.otf", "rare.otf"))
FAMILIES = ("Liuke Noto Sans SC Common", "Liuke Noto Sans SC Rare")


def use_fonts() -> None:
    """Let matplotlib fall back to the packaged fonts for characters that its own font lacks.

    They come last in `font.family`, so Latin letters look as the reader has set them.
    """
    from matplotlib import rcParams

    _register()
    families = rcParams["font.family"]
    if not set(FAMILIES) <= set(families):
        rcParams["font.family"] = [*families, *(one for one in FAMILIES if one not in families)]


def font_faces(text: str) -> str:
    """`@font-face` rules that hold the characters of `text` beyond Latin; empty if there are none.

    A page with these rules needs no font of its reader and no network. Its style names
    `FAMILIES[0]` after the fonts that the reader may have.
    """
    wanted = {letter for letter in text if ord(letter) > 0x2FFF}
    rules = []
    for file in FILES:
        held = sorted(wanted & _letters(file))
        if held:
            data = base64.b64encode(_part(file, "".join(held))).decode()
            letters = unicode_range(held)
            rules.append(
                f'@font-face {{ font-family: "{FAMILIES[0]}"; unicode-range: {letters}; '
                f'src: url("data:font/woff;base64,{data}") format("woff"); }}'
            )
    return "\n".join(rules)


@cache
def _register() -> None:
    from matplotlib.font_manager import fontManager

    for file in FILES:
        fontManager.addfont(file)


@cache
def _letters(file: Path) -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(file, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def _part(file: Path, letters: str) -> bytes:
    """These letters of a font as a WOFF file."""
    from fontTools import subset

    options = subset.Options()
    options.flavor, options.hinting, options.name_IDs = "woff", False, [0, 13, 14]
    with subset.load_font(file, options) as font:
        part = subset.Subsetter(options)
        part.populate(text=letters)
        part.subset(font)
        written = io.BytesIO()
        subset.save_font(font, written, options)
    return written.getvalue()


def unicode_range(letters: list[str]) -> str:
    """Letters in order as CSS writes them.

    >>> unicode_range(["一", "丁", "七", "万"])
    'U+4E00-4E01,U+4E03,U+4E07'
    """
    runs: list[list[int]] = []
    for code in map(ord, letters):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in runs)

"""Cut the packaged fonts from Noto Sans CJK: `python -m training.pictures.fonts.subset FONT.ttc`.

GB 2312 holds 6,763 characters in two levels, the common ones and the rarer ones; each becomes a
file of its own, so that a page loads the second only when it needs it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SIMPLIFIED = 2  # the face of a collection that holds the forms of the mainland
SIGNS, COMMON, RARE = range(0xA1, 0xA4), range(0xB0, 0xD8), range(0xD8, 0xF8)  # rows of GB 2312
LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2040)]
ALSO = "−×≤≥≈↑↓→←€￥圓"
NAMES = (1, 3, 4, 6)  # of the name table: family, identifier, full name, PostScript name
KEPT = (0, 2, 5, 13, 14, *NAMES)  # with copyright, style, version and licence
LAYOUT = ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "VORG", "vhea", "vmtx"]


def characters(rows: range) -> Iterator[str]:
    """The characters of these rows of GB 2312.

    >>> len(list(characters(COMMON))), len(list(characters(RARE)))
    (3755, 3008)
    """
    for row in rows:
        for cell in range(0xA1, 0xFF):
            yield from bytes([row, cell]).decode("gb2312", errors="ignore")


def cut(source: Path, target: Path, family: str, letters: str) -> None:
    """Write a font of these letters, without hints and layout tables."""
    font = TTFont(source, fontNumber=SIMPLIFIED)
    options = subset.Options()
    options.hinting, options.layout_features, options.glyph_names = False, [], False
    options.notdef_outline, options.name_IDs = True, list(KEPT)
    options.drop_tables += LAYOUT
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    for name in NAMES:
        font["name"].setName(family.replace(" ", "") if name == 6 else family, name, 3, 1, 0x409)
    postscript = font["CFF "].cff
    postscript.fontNames = [family.replace(" ", "")]
    font.save(target)


def main() -> None:
    """Write both files beside this one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("font", type=Path, help="NotoSansCJK-Regular.ttc")
    source, here = options.parse_args().font, Path(__file__).parent
    base = "".join(map(chr, LATIN)) + ALSO + "".join(characters(SIGNS))
    common, rare = "".join(characters(COMMON)), "".join(characters(RARE))
    cut(source, here / "common.otf", "Liuke Noto Sans SC Common", base + common)
    cut(source, here / "rare.otf", "Liuke Noto Sans SC Rare", rare)


if __name__ == "__main__":
    main()

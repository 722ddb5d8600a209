"""Cut the font of the pages' own words: `python -m serving.pages.fonts`.

A machine without a Chinese font loads these characters in one small file, and whatever else stands
in an operator's data from the larger fonts that are packaged for pictures. It is cut from those,
which are Noto Sans CJK SC (licence beside it); writing WOFF2 needs brotli, which `make check` has.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from features import catalogue
from features.words import FOLDER
from serving.customers.fields import FIELDS
from serving.scoring.reasons import UNITS, UNKNOWN
from training.indicators import INDICATORS
from training.indicators.analyses import ANALYSES
from training.pictures.fonts import FILES, unicode_range

STATIC = Path(__file__).with_name("static")
STYLE = STATIC / "pages.css"
FIRST = 0x3000  # of the signs and characters that Latin fonts lack
SETTINGS = {
    "desk": Path(__file__).parents[1] / "decision" / "settings.toml",
    "lists": Path(__file__).parents[1] / "retention" / "settings.toml",
    "work": Path(__file__).parents[1] / "managers" / "settings.toml",
}
# The shared file has what two rooms say, so that a page loads it and that of its own room alone.
SLICES = {
    "shared": ("pages", "terms"),
    "desk": ("pages_desk", "decision"),
    "customers": ("pages_customer", "pages_base", "customers"),
    "lists": ("pages_lists", "campaign", "contact", "list", "readout"),
    "work": ("pages_managers", "managers"),
    "business": ("pages_business", "churned", "analyses"),
    "checking": ("pages_checking", "audit", "watch"),
    "settings": ("pages_settings",),
    "api": ("pages_api",),
}
BEGIN, END = "/* Cut by serving.pages.fonts. */\n", "/* The end of what is cut. */\n"
RULE = (
    '@font-face {{ font-family: "Liuke Sans SC"; src: url({file}) format("woff2"); '
    "unicode-range: {range}; font-display: block; }}\n"
)


def letters() -> dict[str, str]:
    """The Chinese characters and signs that pages show of themselves, by slice, in order."""
    said = {
        name: {letter for text in _texts(name, subjects) for letter in text if ord(letter) >= FIRST}
        for name, subjects in SLICES.items()
    }
    often = Counter(letter for own in said.values() for letter in own)
    shared = said["shared"] | {letter for letter, count in often.items() if count > 1}
    said = {name: own - shared for name, own in said.items()} | {"shared": shared}
    return {name: "".join(sorted(own)) for name, own in said.items()}


def _texts(name: str, subjects: tuple[str, ...]) -> Iterator[str]:
    for subject in subjects:
        yield from tomllib.loads((FOLDER / "zh" / f"{subject}.toml").read_text("utf-8")).values()
    if name == "shared":
        yield "中文"  # what the switch of languages says
    if name == "customers":
        yield from (field.zh for field in FIELDS.values())
    if name in SETTINGS:
        yield SETTINGS[name].read_text("utf-8")
    if name == "business":
        yield from (one.zh for one in ANALYSES.values())
        yield from (one.zh for one in INDICATORS)
        yield from (group["zh"] for group in catalogue.GROUPS.values())
    if name == "desk":
        yield from (unit["zh"] for unit in (UNKNOWN, *UNITS.values()))
        for feature in catalogue.features("CNY"):
            yield feature.zh
            yield from feature.saying.forms["zh"].values() if feature.saying else ()


def main() -> None:
    """Write the fonts, and which characters each has into the style sheet."""
    for old in STATIC.glob("words-*.woff2"):
        old.unlink()
    rules = [
        RULE.format(file=target.name, range=unicode_range(held))
        for name, wanted in letters().items()
        for source in FILES
        for target in [STATIC / f"words-{name}-{source.stem}.woff2"]
        if (held := _cut(source, target, wanted))
    ]
    before, _, rest = STYLE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    STYLE.write_text("".join([before, BEGIN, *rules, END, after]), "utf-8")


def _cut(source: Path, target: Path, wanted: str) -> list[str]:
    """Write these characters as far as the source has them; returns which it has, in order."""
    from fontTools import subset

    options = subset.Options()
    options.flavor, options.hinting, options.name_IDs = "woff2", False, [0, 13, 14]
    with subset.load_font(source, options) as font:
        held = sorted(set(wanted) & set(map(chr, font.getBestCmap())))
        if held:
            part = subset.Subsetter(options)
            part.populate(text="".join(held))
            part.subset(font)
            subset.save_font(font, target, options)
    return held


if __name__ == "__main__":
    main()

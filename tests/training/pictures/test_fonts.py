"""The packaged fonts hold every Chinese character of the product, and draw it everywhere."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import matplotlib
import pytest
from fontTools.ttLib import TTFont

from training.pictures.fonts import FAMILIES, FILES, font_faces, use_fonts
from training.pictures.fonts.subset import COMMON, RARE, characters
from training.pictures.model import canvas, svg
from training.pictures.waterfall import save_waterfall

ROOT = Path(__file__).parents[3]
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uff60]")


def letters_of_files() -> set[str]:
    return {chr(code) for file in FILES for code in TTFont(file).getBestCmap()}


def test_every_chinese_character_of_the_sources_and_worlds_can_be_drawn() -> None:
    sources = [
        path
        for folder in ("features", "training", "serving", "docs", "notebooks")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".toml", ".md", ".ipynb", ".html")
    ]
    words = "".join(path.read_text("utf-8") for path in [*sources, ROOT / "README.zh.md"])
    assert len(set(CHINESE.findall(words))) > 500
    assert set(CHINESE.findall(words)) <= letters_of_files()


def test_all_of_gb_2312_can_be_drawn() -> None:
    assert {*characters(COMMON), *characters(RARE)} <= letters_of_files()


def test_the_licence_lies_beside_the_fonts() -> None:
    assert "SIL OPEN FONT LICENSE" in (FILES[0].parent / "OFL.txt").read_text("utf-8")


@pytest.mark.parametrize("words", ["离网风险", "亳州与儋州", "Málaga 北京 12 %"])
def test_a_picture_draws_common_and_rare_characters(words: str) -> None:
    """A missing character would be a warning, and so a failure."""
    figure, axes = canvas()
    axes.set_title(words)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    assert words in svg(figure)


def test_the_waterfall_draws_chinese_words(tmp_path: Path) -> None:
    import numpy as np

    save_waterfall(
        tmp_path / "a.png", "为什么可能离网", ["掉话次数", "未解决的投诉"], ["22次", "1件"],
        np.array([0.5, -0.2, -2.0]),
    )  # fmt: skip
    assert (tmp_path / "a.png").stat().st_size > 5_000


def test_the_reader_s_own_font_stays_first() -> None:
    with matplotlib.rc_context({"font.family": ["monospace"]}):
        use_fonts()
        use_fonts()
        assert matplotlib.rcParams["font.family"] == ["monospace", *FAMILIES]


def test_a_page_holds_the_characters_that_it_shows_and_no_others() -> None:
    rules = font_faces("<p>北京儋州 risk</p>")
    assert rules.count("@font-face") == 2
    held = set()
    for data in re.findall(r"base64,([^\"]+)", rules):
        held |= set(map(chr, TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap()))
    assert held == set("北京儋州")
    assert len(rules) < 10_000


def test_a_page_in_english_holds_no_font() -> None:
    assert font_faces("<p>Churn risk: 12 % – Málaga</p>") == ""

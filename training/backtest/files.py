"""A backtest as a file: the page with table and picture, or the picture alone."""

from __future__ import annotations

from pathlib import Path

from features.disk.atomic import replacing
from training.evaluation.backtest import Backtest
from training.pictures.over_time import save_figure
from training.report.backtest import html

ENDINGS = (".html", ".png")


def write(path: Path, found: Backtest, language: str) -> None:
    """Write the file as the path's ending says, in one replace. Raises OutputError."""
    if path.suffix.lower() == ".png":
        save_figure(path, found.plot(language))
        return
    page = html(found, language)
    with replacing(path) as temporary:
        temporary.write_text(page, "utf-8")

"""One HTML file around what a page shows: the style and the letters that it needs, no address."""

from __future__ import annotations

from importlib.resources import files

from training.pictures.fonts import font_faces

STYLE = "report.css"


def document(title: str, shown: str, language: str) -> str:
    """The whole page; `title` and `shown` are HTML."""
    style = files("training.report").joinpath(STYLE).read_text("utf-8") + font_faces(title + shown)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{shown}\n</main>\n</body>\n</html>\n"
    )

"""The pieces that every section of the report is made of, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from training.report.sections import hint
from training.report.texts import percent, say


class Page:
    """HTML from keys of `texts`; every word is escaped."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, key: str, **values: object) -> str:
        return escape(say(key, self.language, **values))

    def text(self, key: str, **values: object) -> str:
        return f"<p>{self.say(key, **values)}</p>"

    def section(self, title: str, *parts: str) -> str:
        return f"<section>\n<h2>{self.say(title)}</h2>\n" + "\n".join(parts) + "\n</section>"

    def figure(self, drawn: str, caption: str, kind: str = "", **values: object) -> str:
        words = self.say(caption, **values)
        return f'<figure class="{kind}">{drawn}<figcaption>{words}</figcaption></figure>'

    def wide(self, drawn: str) -> str:
        """A picture of the page's width, which scrolls where the page is narrow."""
        return f'<figure class="wide" tabindex="0">{hint(self.language)}{drawn}</figure>'

    def colours(self) -> str:
        """The key to the colours of the beeswarm."""
        return f'<p class="colours">{self.say("low")} <i></i> {self.say("high")}</p>'

    def pair(self, left: str, right: str) -> str:
        return f'<div class="pair">{left}{right}</div>'

    def interval(self, bounds: Sequence[float] | None, form: str = ".3f") -> str:
        if bounds is None:
            return self.say("no_interval")
        low, high = (percent(bound) if form == "%" else format(bound, form) for bound in bounds)
        return self.say("interval", low=low, high=high)

    def card(self, key: str, figure: str, span: str, **values: object) -> str:
        return (
            f'<div class="card"><div class="name">{self.say(f"{key}_name")}</div>'
            f'<div class="figure">{escape(figure)}</div><div class="range">{span}</div>'
            f"{self.text(key, **values)}</div>"
        )

    def facts(self, facts: Sequence[tuple[str, str]]) -> str:
        told = "".join(f"<dt>{self.say(name)}</dt><dd>{fact}</dd>" for name, fact in facts)
        return f"<dl>{told}</dl>"

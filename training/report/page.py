"""The pieces of which every section of the report is built, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from training.indicators import Indicator
from training.report.sections import hint
from training.report.texts import say
from training.statistics.estimate import Estimate


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

    def interval(self, one: Indicator, figure: Estimate) -> str:
        if figure.interval is None:
            return self.say("no_interval")
        low, high = (one.written(bound) for bound in figure.interval)
        return self.say("interval", low=low, high=high)

    def card(
        self, one: Indicator, figure: Estimate, key: str, title: str = "", **values: object
    ) -> str:
        """A headline figure; its sentence is the text of `key`. Empty where it is not known."""
        if figure.value is None:
            return ""
        return (
            f'<div class="card"><div class="name">{escape(title or one.words(self.language))}</div>'
            f'<div class="figure">{escape(one.written(figure.value))}</div>'
            f'<div class="range">{self.interval(one, figure)}</div>'
            f"{self.text(key, **values)}</div>"
        )

    def facts(self, facts: Sequence[tuple[str, str]]) -> str:
        items = "".join(f"<dt>{self.say(name)}</dt><dd>{fact}</dd>" for name, fact in facts)
        return f"<dl>{items}</dl>"

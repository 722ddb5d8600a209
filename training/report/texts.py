"""The report's sentences, from `features/words`, and its numbers."""

from __future__ import annotations

from features.words import words


def say(key: str, language: str, **values: object) -> str:
    """The sentence `key` in `language`, its places filled; the key where it has none, as a city.

    >>> say("days", "zh", count=14), say("Anlan", "en")
    ('14天', 'Anlan')
    """
    known = words(language, "report", "pictures", "terms")
    text = known[key].format(**values) if key in known else key
    return text.replace(" %", "\u00a0%")


def percent(value: float, digits: int = 0) -> str:
    """A share as people read it; number and sign stay together.

    >>> percent(0.0294, 1)
    '2.9\\xa0%'
    """
    return f"{100 * value:.{digits}f}\u00a0%"

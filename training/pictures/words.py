"""The words inside pictures, from `features/words`; the report's page uses the same."""

from __future__ import annotations

from features.words import words


def word(key: str, language: str, **values: object) -> str:
    """The words of `key` in `language`, their places filled; an unknown key as it is.

    >>> word("times", "zh", lift="4.2"), word("postpaid", "en"), word("hybrid", "zh")
    ('4.2倍', 'postpaid', 'hybrid')
    """
    known = words(language, "pictures", "terms")
    return known[key].format(**values) if key in known else key

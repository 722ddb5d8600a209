"""A refusal's message in another language, found by its English text, as gettext does it.

The code raises in English, where a reader of the code expects it. `errors.toml` has the refusals
that users meet most, word for word with names for what changes. Known limit: the others stay in
English; what is not translated is better than a message that cannot be searched for.
"""

from __future__ import annotations

import re
from functools import cache

from features.words import say, words


def in_language(message: str, language: str) -> str:
    """The message of a refusal in `language`; as it is where it has no words there.

    >>> in_language("no version '9'; there are 1, 2", "zh")
    "没有版本'9'；现有1, 2"
    """
    if language == "en":
        return message
    for key, pattern in _patterns().items():
        found = pattern.fullmatch(message)
        if found:
            return say("errors", key, language, **found.groupdict())
    return message


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Each English text as a pattern: what changes is a named group."""
    return {
        key: re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*?)", re.escape(text)))
        for key, text in words("en", "errors").items()
    }

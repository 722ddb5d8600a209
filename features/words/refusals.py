"""A refusal's message in another language, found by its English text, as gettext does it.

The code raises in English, where a reader of the code expects it. `errors_*.toml` have the refusals
that users meet, word for word with names for what changes. A message is looked up whole, then
behind the file or feed that it begins with, then in its parts; what fills a place is looked up too.
Known limits: the other refusals stay in English, since what is not translated is better than a
message that cannot be searched for; so do what other programs say (DuckDB, the system, Typer's own
"No such option") and the errors of the HTTP API, which programs read.
"""

from __future__ import annotations

import re
from functools import cache

from features.words import words

SUBJECTS = (
    *("errors_home", "errors_settings", "errors_imports", "errors_files"),
    *("errors_models", "errors_tables", "errors_commands"),
)
PLACE = re.compile(r"\{(\w+)\}")
BEGINNING = re.compile(r"(\S+): (.+)")
PAIR = re.compile(r"(.+?; expected [^;]+)(?:; |$)")
LAST = "is_expected"  # fits many messages: taken where nothing else fits
PARTS = (("; ", "；"), ("\n", "\n"))


def in_language(message: str, language: str) -> str:
    """The message of a refusal in `language`; as it is where it has no words there.

    >>> in_language("no version '9'; there are 1, 2", "zh")
    "没有版本'9'；现有1, 2"
    >>> in_language("features.toml: usage_lag_days is 9; expected 0 to 6", "zh")
    'features.toml：usage_lag_days为9；应为0至6'
    """
    return message if language == "en" else _found(message, language) or message


def _found(message: str, language: str) -> str | None:
    """The message in `language`; null where there are no words for it or one of its parts."""
    return (
        _whole(message, language)
        or _behind_its_beginning(message, language)
        or _in_pairs(message, language)
        or _in_parts(message, language)
        or _whole(message, language, last=True)
    )


def _behind_its_beginning(message: str, language: str) -> str | None:
    begun = BEGINNING.fullmatch(message)
    rest = _found(begun[2], language) if begun else None
    return f"{begun[1]}：{rest}" if begun and rest else None


def _whole(message: str, language: str, *, last: bool = False) -> str | None:
    for key, pattern in _patterns().items():
        match = pattern.fullmatch(message) if last == (key == LAST) else None
        if match:
            filled = {name: in_language(text, language) for name, text in match.groupdict().items()}
            return words(language, *SUBJECTS)[key].format(**filled)
    return None


def _in_pairs(message: str, language: str) -> str | None:
    """Several of `X is Y; expected Z` after each other."""
    pairs = PAIR.findall(message)
    if len(pairs) < 2 or "; ".join(pairs) != message:
        return None
    found = [_found(pair, language) for pair in pairs]
    return None if None in found else "；".join(pair for pair in found if pair is not None)


def _in_parts(message: str, language: str) -> str | None:
    """Part by part, if there are words for each; a line that is set in may stay as it is."""
    for between, joined in PARTS:
        parts = message.split(between)
        found = [_part(part, language) for part in parts] if len(parts) > 1 else [None]
        if None not in found:
            return joined.join(part for part in found if part is not None)
    return None


def _part(part: str, language: str) -> str | None:
    text = part.lstrip(" ")
    indent = part[: len(part) - len(text)]
    found = _found(text, language)
    if found is None:
        return part if indent else None
    return indent + found


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Each English text as a pattern, the one with most fixed text first.

    What changes is a named group within one line; a `count` is one word.
    """
    texts = words("en", *SUBJECTS)
    ordered = sorted(texts, key=lambda key: -len(PLACE.sub("", texts[key])))
    return {key: _pattern(texts[key]) for key in ordered}


def _pattern(text: str) -> re.Pattern[str]:
    pieces = PLACE.split(text)
    for place in range(1, len(pieces), 2):
        one = r"\S+" if pieces[place] == "count" else ".*?"
        pieces[place] = f"(?P<{pieces[place]}>{one})"
    pieces[::2] = [re.escape(fixed) for fixed in pieces[::2]]
    return re.compile("".join(pieces))

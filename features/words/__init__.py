"""What users read, in each language: one TOML file a subject in `en/` and `zh/`, read when needed.

The same keys stand in both languages, with the same places to fill (`{name}`), and terms are those
of docs/glossary.md; the tests compare them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from features.errors import SettingsError

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
FOLDER = Path(__file__).parent


def check_language(language: str, name: str = "language") -> None:
    """Raises SettingsError for a language that there are no words in; `name` is what was set.

    >>> check_language("fr", "--language")
    Traceback (most recent call last):
    features.errors.SettingsError: --language is 'fr'; expected en or zh
    """
    if language not in LANGUAGES:
        raise SettingsError(f"{name} is {language!r}; expected en or zh")


@cache
def words(language: str, *subjects: str) -> Mapping[str, str]:
    """The texts of these subjects by key; where two have a key, the first one's counts.

    >>> words("zh", "terms")["gold"]
    '金'
    """
    check_language(language)
    found: dict[str, str] = {}
    for subject in reversed(subjects):
        found |= tomllib.loads((FOLDER / language / f"{subject}.toml").read_text("utf-8"))
    return MappingProxyType(found)


def say(subject: str, key: str, language: str, /, **values: object) -> str:
    """The text `key` of a subject, its places filled.

    >>> say("report", "days", "zh", count=14)
    '14天'
    """
    return words(language, subject)[key].format(**values)


def say_known(subject: str, key: str, language: str) -> str:
    """The text of `key`, or the key itself where the subject has none, such as a city's name.

    >>> say_known("terms", "gold", "zh"), say_known("terms", "Anlan", "zh")
    ('金', 'Anlan')
    """
    return words(language, subject).get(key, key)

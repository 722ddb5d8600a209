"""The languages that words are told in, and the one refusal of any other."""

from __future__ import annotations

from typing import Literal, get_args

from features.errors import SettingsError

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def check_language(language: str, name: str = "language") -> None:
    """Raises SettingsError for a language that nothing is told in; `name` is what was set.

    >>> check_language("fr", "--language")
    Traceback (most recent call last):
    features.errors.SettingsError: --language is 'fr'; expected en or zh
    """
    if language not in LANGUAGES:
        raise SettingsError(f"{name} is {language!r}; expected {' or '.join(LANGUAGES)}")

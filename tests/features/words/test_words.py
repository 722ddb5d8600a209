"""Words: both languages hold the same, with the same places, in the glossary's terms."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

from features.errors import SettingsError
from features.words import FOLDER, LANGUAGES, say, say_known, words

SUBJECTS = sorted(path.stem for path in (FOLDER / "en").glob("*.toml"))
GLOSSARY = Path(__file__).parents[3] / "docs" / "glossary.md"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_subject_is_there_in_every_language() -> None:
    for language in LANGUAGES:
        assert sorted(path.stem for path in (FOLDER / language).glob("*.toml")) == SUBJECTS


@pytest.mark.parametrize("subject", SUBJECTS)
def test_both_languages_have_the_same_keys_in_the_same_order(subject: str) -> None:
    assert list(read("en", subject)) == list(read("zh", subject))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_both_languages_have_the_same_places(subject: str) -> None:
    english, chinese = read("en", subject), read("zh", subject)
    assert {key for key in english if places(english[key]) != places(chinese[key])} == set()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_only_chinese_texts_are_in_chinese(subject: str) -> None:
    brand = "留客"
    for text in read("en", subject).values():
        assert not CHINESE.search(text.replace(brand, "")), text


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_term_of_the_glossary_is_said_with_its_word(subject: str) -> None:
    terms, chinese = glossary(), read("zh", subject)
    for key, text in read("en", subject).items():
        term = terms.get(text.lower(), "").replace(" ", "")
        said = chinese[key].replace(" ", "")
        assert term in said or said in term, f"{key}: {said}, not {term}"


def test_the_first_subject_counts() -> None:
    assert words("en", "churned", "report")["customers"] == words("en", "churned")["customers"]
    assert words("zh", "report", "terms")["gold"] == "金"


def test_a_text_is_filled_and_an_unknown_word_stays() -> None:
    assert say("report", "days", "en", count=14) == "14 days"
    assert (say_known("terms", "gold", "zh"), say_known("terms", "Anlan", "zh")) == ("金", "Anlan")


def test_another_language_is_refused() -> None:
    with pytest.raises(SettingsError, match="language is 'fr'; expected en or zh"):
        words("fr", "terms")


def read(language: str, subject: str) -> dict[str, str]:
    return tomllib.loads((FOLDER / language / f"{subject}.toml").read_text("utf-8"))


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def glossary() -> dict[str, str]:
    """The Chinese word of each term that has one."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in GLOSSARY.read_text("utf-8").splitlines()
        if line.startswith("| ") and line.count("|") >= 4
    ]
    return {row[0].lower(): row[1] for row in rows if CHINESE.search(row[1])}

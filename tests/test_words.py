"""Plain words: no file uses a word that the glossary's columns "not" replace.

The banned words stand in docs/glossary.md alone, separated by commas; this file adds where a word
is allowed and which words mean one name only. Case, underscores and line breaks do not hide a word.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = "docs/glossary.md"
SUFFIXES = (".py", ".md", ".toml", ".html", ".ipynb", ".css", ".js")
OTHERS = ("Makefile", ".importlinter", ".ci/run", ".ci/fresh", "requirements/install")
# What the past was called, what simulated customers write, which is data, this file's examples, and
# what others wrote.
EXEMPT = (
    "CHANGELOG.md", "features/simulate/events/grammar.toml", "tests/test_words.py",
    "tests/browser/axe.min.js", "serving/pages/static/htmx.min.js",
)  # fmt: skip

# Phrases that are plain English although a banned word stands in them.
ALLOWED = (
    "there (?:is|are) no",
    "(?:is|are) there no",
    "(?:is|are) no (?:longer|more|less|later|earlier|deeper|wider|larger|higher|lower|better)",
    "at stake",
)
# What files of earlier versions call a thing, and the code that reads them must know.
FORMER = (
    "min_train_leavers", "min_leavers_test", "without_asked", '"leavers"', "`leavers`", '".aside"',
    '"foretold_tier"',
)  # fmt: skip
# Names of fields and of policies that are short for what their docstrings say.
NAMES = (
    ".worth", "worth=", "worth:", '"worth"', "`worth`", "NOBODY", '"nobody"', "`nobody`",
    "over_nobody", "EVERYBODY", '"everybody', "`everybody",
)  # fmt: skip
# Words that are banned as one name or in one form only.
FORMS = {
    "MOST_": r"\bMOST_[A-Z]\w*",
    "LEAST_": r"\bLEAST_[A-Z]\w*",
    "SHOWN": r"\b(?:[A-Z]+_)*SHOWN\b",
    "expected 1 up": r"\bexpected (?:\d+|\{[^}]*\}) up\b",
    "frames": r"`frames`|\bframes\.py\b|\bas frames\b|\bimport frames\b|\w\.frames\b",
    "ahead": r"\bahead\(|\bimport ahead\b|\.ahead\b",
}
AS_WRITTEN = ("MOST_", "LEAST_", "SHOWN")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def glossary() -> tuple[dict[str, str], str]:
    """What is said instead of each banned word, and the page without the cells that ban them."""
    banned: dict[str, str] = {}
    kept: list[str] = []
    header: list[str] = []
    for line in (ROOT / GLOSSARY).read_text("utf-8").splitlines():
        row = cells(line) if line.startswith("|") else []
        if not row:
            header = []
        elif not header:
            header = row
        elif "not" in header and not line.startswith("|-"):
            place = header.index("not")
            instead = row[header.index("but" if "but" in header else "term")]
            banned |= {word.strip(): instead for word in row[place].split(",") if word.strip()}
            row[place] = ""
            line = f"| {' | '.join(row)} |"
        kept.append(line)
    return banned, "\n".join(kept)


BANNED, GLOSSARY_WITHOUT = glossary()


def as_prose(words: str) -> re.Pattern[str]:
    """A pattern for whole words, with spaces or underscores between them, in capitals or not."""
    spaced = words.replace(" ", "[ _]+")
    return re.compile(f"(?<![a-z]){spaced}(?![a-z])", re.IGNORECASE)


def pattern(word: str) -> re.Pattern[str]:
    """The word as prose and as a part of a name: `word`, `a_word`, `Word`, broken over lines."""
    if word in FORMS:
        return re.compile(FORMS[word], 0 if word in AS_WRITTEN else re.IGNORECASE)
    if not word.isascii():
        return re.compile(re.escape(word))
    return as_prose(re.escape(word).replace(r"\ ", " "))


PATTERNS = {word: pattern(word) for word in BANNED}
PERMITTED = [as_prose(one) for one in ALLOWED]
PERMITTED += [re.compile(re.escape(name)) for name in (*FORMER, *NAMES)]


def findings(text: str) -> list[tuple[int, str]]:
    """Each banned word in the text with the number of its line, a word once a place."""
    flat = re.sub(r"\\n|\n[ \t]*(?:#|>)?[ \t]*", lambda gap: " " * len(gap[0]), text)
    for permitted in PERMITTED:
        flat = permitted.sub(lambda phrase: "-" * len(phrase[0]), flat)
    found = {
        (match.start(), match.end(), word)
        for word, one in PATTERNS.items()
        for match in one.finditer(flat)
    }
    widest = [
        (start, word)
        for start, end, word in sorted(found)
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b, _ in found)
    ]
    return [(text.count("\n", 0, start) + 1, word) for start, word in widest]


def files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    names = [name for name in sorted(set(listed)) if name not in EXEMPT]
    names = [name for name in names if name.endswith(SUFFIXES) or name in OTHERS]
    return [name for name in names if (ROOT / name).is_file()]


@pytest.mark.slow
def test_no_file_uses_a_banned_word() -> None:
    lines: list[str] = []
    counts: Counter[str] = Counter()
    for name in files():
        text = GLOSSARY_WITHOUT if name == GLOSSARY else (ROOT / name).read_text("utf-8")
        for line, word in findings(text):
            counts[name] += 1
            lines.append(f"{name}:{line}: {word} -> {BANNED[word]}")
    heads = [f"{count:5} {name}" for name, count in counts.most_common()]
    total = f"{sum(counts.values())} banned words in {len(counts)} files (docs/glossary.md):"
    assert not lines, "\n".join([*lines, total, *heads])


def test_the_glossary_bans_words_and_says_what_to_write() -> None:
    assert len(BANNED) > 50
    assert all(BANNED.values())
    assert set(FORMS) <= set(BANNED), "a form for a word that the glossary does not ban"


def test_every_former_name_is_still_read() -> None:
    code = [(ROOT / name).read_text("utf-8") for name in files() if name.endswith(".py")]
    gone = [name for name in FORMER if not any(name in text for text in code)]
    assert not gone, f"no code reads these any more: {', '.join(gone)}"


@pytest.mark.parametrize(
    "parts",
    [
        ("what the feeds to", "ld"),
        ("to", "ld_at = 1"),
        ("as_to", "ld"),
        ('f"a\\nas', 'ked for"'),
        ("those that are se", "t\n    # as", "ide"),
        ("a day i", "s no number"),
        ("it i", "s\n    no number"),
        ("MO", "ST_ROWS = 5"),
        ("value and sta", "ke"),
        ("每", "夜打分"),
        ("expected 1 u", "p"),
        ("from features import fra", "mes"),
        ("class Candi", "date:"),
    ],
)
def test_a_banned_word_is_found_however_it_is_written(parts: tuple[str, ...]) -> None:
    assert len(findings("".join(parts))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "there is no home at this address",
        "test_without_bills_there_are_no_tiers",
        "where there\n    # are no values",
        "it is no longer declared",
        "value_at_stake and value at stake",
        "recommend, amend, household, threshold, task, basket, gravel",
        "pandas data frames, ahead_days, read ahead",
        "most_rows = MAX_LISTED",
    ],
)
def test_plain_english_is_allowed(line: str) -> None:
    assert findings(line) == []

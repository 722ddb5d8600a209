"""Every kind of finding in words: its values here, its sentences in `features/words`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from features.doctor import Finding
from features.words import words
from serving.doctor import clock_words, model_words, row_words, supply_words
from serving.doctor.phrases import FindingText

VALUES: dict[str, Callable[[Finding, str], dict[str, Any]]] = {
    **supply_words.VALUES,
    **clock_words.VALUES,
    **row_words.VALUES,
    **model_words.VALUES,
}
PARTS = ("found", "expected", "advice")


def text_of(finding: Finding, language: str) -> FindingText:
    """What was found, what was expected and what to do, in `language`."""
    known, values = words(language, "doctor"), VALUES[finding.kind](finding, language)
    return FindingText(
        *(known.get(f"{finding.kind}_{part}", "").format(**values) for part in PARTS)
    )

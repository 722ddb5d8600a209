"""A read-out in words: what is known, what the test holds, what the campaign brought."""

from __future__ import annotations

from typing import Any

from features.words import say


def in_words(result: dict[str, Any], currency: str, language: str) -> str:
    """The read-out as a reader of either language sees it."""

    def line(key: str, **values: object) -> str:
        return say("readout", key, language, **values)

    lines = [line("heading", **{name: result[name] for name in ("campaign", "as_of", "looks")})]
    if not result["is_known"]:
        lines.append(line("not_yet_known", date=result["known_at"]))
    for arm, counts in result["outcomes"].items():
        stayed, left = counts.get("stayed", 0), counts.get("left", 0)
        share = left / max(stayed + left, 1)
        lines.append("  " + line(f"arm_{arm}", stayed=stayed, left=left, share=share))
    lines.append("  " + line("crossovers", count=result["crossovers"]))
    return "\n".join(lines)

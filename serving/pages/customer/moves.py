"""Why a risk moved, as bars in both directions."""

from __future__ import annotations

from serving.http.contract.forms.customer import MovedAnswer
from serving.pages.desk.sight import HALF, Bar

LEAST = 1e-6


def moved_bars(moved: MovedAnswer | None) -> list[Bar]:
    """A bar for each fact that moved, the strongest first, then one without a text for all others.

    Empty where nothing is compared, or no fact moved.
    """
    if moved is None or moved.because is not None:
        return []
    found = [(own.text, own.effect) for own in moved.moves]
    if found and moved.others is not None and abs(moved.others) > LEAST:
        found.append(("", moved.others))
    longest = max((abs(effect) for _, effect in found), default=0.0) or 1.0
    return [_bar(text, effect, longest) for text, effect in found]


def _bar(text: str, effect: float, longest: float) -> Bar:
    length = round(HALF * abs(effect) / longest, 1)
    start = HALF if effect >= 0 else round(HALF - length, 1)
    return Bar(text, "leave" if effect >= 0 else "stay", start, length)

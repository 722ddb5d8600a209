"""What stands for the names in answers: ours in words, the operator's own as they are."""

from __future__ import annotations

from features.words import words

# By these the names are the operator's own; so are those of what is not listed in `_OURS`.
_OURS = (
    "kind",
    "tier",
    "payment_mode",
    "tenure",
    "value_tier",
    "value_tier_before",
    "event",
    "arm",
)
NONE = ("others", "not_recorded")


def named(by: str, name: str | None, language: str) -> str:
    """The name of a group of the dimension `by` in words.

    >>> named("tier", "gold", "zh"), named("city", "gold", "zh"), named("direction", None, "en")
    ('金', 'gold', 'no rival known')
    >>> named("reason", "rival offer", "zh"), named("reason", "Kuendigung", "zh")
    ('竞争对手优惠', 'Kuendigung')
    """
    if name is None:
        name = "not_recorded"
    if by in ("direction", "rival") and name == "not_recorded":
        name = "no_rival"
    elif by == "reason" and name not in NONE:  # the usual ones; others as the operator has them
        return words(language, "churned").get(f"reason_{name.replace(' ', '_')}", name)
    elif by not in _OURS and name not in NONE:
        return name
    known = words(language, "churned", "analyses", "customers", "terms")
    return known.get(f"{by}_{name}", known.get(name, name))


def dimension(by: str, language: str) -> str:
    """What the dimension is called.

    >>> dimension("tier", "en"), dimension("store_id", "en"), dimension("other", "en")
    ('Value tier', 'Store', 'other')
    """
    own = words(language, "churned")
    text = own.get(by) or words(language, "analyses").get(f"by_{by}", by)
    return text if text == by else f"{text[:1].upper()}{text[1:]}"

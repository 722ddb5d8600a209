"""The values of an entry as fields of a form, and what was filled in as values again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from features.histories.bills.tiers import TIERS
from serving.decision.decision_settings import CONTRACTS, INTENTS, KINDS, MODES
from serving.decision.outcomes.reported import OUTCOMES

Kind = Literal["text", "lines", "whole", "number", "flag", "one", "some"]
CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": KINDS,
    "intents": INTENTS,
    "tiers": TIERS,
    "payment_modes": MODES,
    "contract": CONTRACTS,
    "counted": OUTCOMES,
}
GROUPS: Mapping[str, tuple[str, ...]] = {
    "what": ("en", "zh", "kind", "rank", "active"),
    "money": ("cost", "months"),
    "whom": ("intents", "tiers", "payment_modes", "contract", "min_tenure_days"),
    "rules": ("selling", "commercial"),
    "assumed": ("acceptance", "hazard", "refused_hazard", "margin_share"),
}
WHOLE = (
    "rank", "months", "min_tenure_days", "hours", "lasts_months", "capacity_a_day", "contact_cap",
    "contact_days", "arrears_days", "cancel_request_days",
)  # fmt: skip
TRUE, FALSE = "yes", "no"


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Each value under its own name, those of a table by dotted ones.

    >>> flat({"cost": 3.0, "acceptance": {"gold": 0.3}})
    {'cost': 3.0, 'acceptance.gold': 0.3}
    """
    found: dict[str, Any] = {}
    for name, own in values.items():
        within = own if isinstance(own, Mapping) else None
        found |= {name: own} if within is None else {f"{name}.{k}": v for k, v in within.items()}
    return found


def kind_of(name: str, value: Any) -> Kind:
    """How a value is filled in.

    >>> kind_of("tiers", ["gold"]), kind_of("use_en", ["Hello"]), kind_of("active", True)
    ('some', 'lines', 'flag')
    """
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, list):
        return "some" if name in CHOICES else "lines"
    if isinstance(value, str):
        return "one" if name in CHOICES else "text"
    return "whole" if name in WHOLE else "number"


def parsed_values(values: Mapping[str, Any], filled: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The values of an entry as a form has them, of the types that they have now.

    What is not a number stays the text that it is, for the reader of settings to refuse; a field
    that was left empty is empty.

    >>> parsed_values({"cost": 60.0, "tiers": ["gold"], "active": True, "zh": "返还"},
    ...               {"cost": ["50"], "tiers": ["gold", "silver"], "active": ["no"]})
    {'cost': 50.0, 'tiers': ['silver', 'gold'], 'active': False, 'zh': ''}
    """
    return {name: _parsed(name, own, filled.get(name, ())) for name, own in values.items()}


def _parsed(name: str, value: Any, filled: Sequence[str]) -> Any:
    kind, text = kind_of(name, value), filled[0].strip() if filled else ""
    if kind == "flag":
        return text == TRUE
    if kind == "some":
        chosen = [own for own in CHOICES[name] if own in filled]
        return value if sorted(chosen) == sorted(value) else chosen  # another order changes nothing
    if kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if kind in ("whole", "number"):
        return _number(text, kind)
    return text


def _number(text: str, kind: Kind) -> float | int | str:
    """A whole number where the setting is one; a text that is none as it is."""
    try:
        found = float(text.replace(",", ""))
    except ValueError:
        return text
    return int(found) if kind == "whole" and found.is_integer() else found

"""What a list is wanted for: budget, capacities, who may be on it, how it ranks, its control group.

A file or a body has it as TOML or JSON says it:

    name = "Spring"             purpose = "retention"       owner = "lin"
    budget = 60000              days = 14                   expires = 2026-04-30
    ranking = "expected_gain"   control_share = 0.1         seed = 7
    size = 2000                 offers = ["data_bonus"]     view = "gold in Foshan"
    trial_share = 0.1
    [capacity.channel]          sms = 5000                  hotline = 800
    [capacity.city]             Foshan = 300                each = 500
    [filter]                    city = ["Foshan", "Suzhou"] churn_risk_min = 0.05

Amounts are in the currency's unit. `each` limits every city, store or manager that is not named.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from features.errors import RequestRefused
from serving.access.permissions import IN_BULK
from serving.customers.fields import nearest
from serving.decision.decision_settings import to_fen

RANKINGS = ("expected_gain", "value_at_stake", "churn_risk")
GROUPS: Mapping[str, str] = {"city": "city", "store": "store_id", "manager": "manager_id"}
CAPACITIES = ("channel", *GROUPS)
EACH = "each"
MAX_DAYS = 366
MAX_SHARE = 0.5  # of a control group, and of offers by lot: beyond it a list is only a trial
LONGEST = 64
MAX_DRAWN = 1 << 31  # a seed that people can copy
WHOLE = (int,)
NUMBER = (int, float)


@dataclass(frozen=True)
class ListRequest:
    """One request, checked as far as it can be without the base.

    `budget_fen` and `size` are null where there is none; a seed that is not named is drawn, and
    kept, so that the list can be made again. `capacity` is by kind (`CAPACITIES`) and name;
    `filters` are the texts of `serving.customers.base.grammar`. `trial_share`: of the customers who
    get an offer drawn by lot.
    """

    purpose: str
    owner: str
    expires: date
    name: str = ""
    budget_fen: int | None = None
    size: int | None = None
    days: int = 14
    ranking: str = RANKINGS[0]
    control_share: float = 0.1
    trial_share: float = 0.0
    seed: int = field(default_factory=lambda: secrets.randbelow(MAX_DRAWN))
    offers: tuple[str, ...] = ()
    view: str = ""
    capacity: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    filters: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is kept, and read again by `parsed`."""
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        own["budget"] = None if self.budget_fen is None else self.budget_fen / 100
        own["filter"], own["expires"] = dict(own.pop("filters")), f"{self.expires:%F}"
        own["capacity"] = {kind: dict(most) for kind, most in self.capacity.items()}
        own["offers"] = list(self.offers)
        del own["budget_fen"]
        return {name: value for name, value in own.items() if value not in (None, "", [], {})}


def read_request(path: Path, now: datetime) -> ListRequest:
    """The request of a TOML file. Raises RequestRefused naming what is wrong."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RequestRefused(
            "invalid_request", f"{path.name} cannot be read as TOML: {error}"
        ) from None
    return parsed(found, now)


def parsed(given: Mapping[str, Any], now: datetime) -> ListRequest:
    """The request that these values mean, null for none.

    Raises RequestRefused naming the value that is wrong.
    """
    check_names("the request", given, list(READ))
    named = {name: value for name, value in given.items() if value is not None}
    for name in ("purpose", "owner", "expires"):
        if name not in named:
            raise _wrong(f"{name} is missing")
    made = ListRequest(**{KEPT.get(name, name): READ[name](own) for name, own in named.items()})
    if made.expires <= now.date():
        raise RequestRefused(
            "expired", f"expires is {made.expires:%F}, and today is {now:%F}; name a later day"
        )
    if made.budget_fen is None and made.size is None and not made.capacity:
        raise _wrong("the list has no end: name a budget, a size or a capacity")
    return made


def check_names(where: str, given: Any, names: Sequence[str]) -> None:
    """Raises RequestRefused for what is not a table, or has another name than these."""
    if not isinstance(given, Mapping):
        raise _wrong(f"{where} is not a table of names and values")
    for name in given:
        if name not in names:
            raise _wrong(f"{where} has no {str(name)[:64]!r}.{nearest(str(name), names)}")


def _wrong(what: str) -> RequestRefused:
    return RequestRefused("invalid_request", what)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        raise _wrong(f"{name} is {value!r:.80}; expected a text of at most {LONGEST} characters")
    return value


def _named(name: str, value: Any) -> str:
    if not _text(name, value).strip():
        raise _wrong(f"{name} is empty; expected a name")
    return str(value)


def _texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise _wrong(f"{name} is {value!r:.80}; expected a list of texts")
    return [_text(name, own) for own in value]


def _whole(name: str, value: Any, least: int, most: int = 10**9) -> int:
    if type(value) not in WHOLE or not least <= value <= most:
        raise _wrong(f"{name} is {value!r:.80}; expected a whole number from {least} to {most}")
    return int(value)


def _one_of(name: str, value: Any, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise _wrong(f"{name} is {value!r:.80}; expected one of {', '.join(allowed)}")
    return str(value)


def _purpose(value: Any) -> str:
    return _one_of("purpose", value, sorted(IN_BULK - {"model_development", "administration"}))


def _budget(value: Any) -> int:
    if type(value) not in NUMBER or not 0 <= value <= 10**10:
        raise _wrong(f"budget is {value!r:.80}; expected an amount of at least 0")
    return to_fen(value)


def _share(name: str, value: Any) -> float:
    if type(value) not in NUMBER or not 0 <= value <= MAX_SHARE:
        raise _wrong(f"{name} is {value!r:.80}; expected from 0 to {MAX_SHARE}")
    return float(value)


def _expires(value: Any) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(f"expires is {value!r:.80}; expected a date such as 2026-04-30") from None


def _capacity(given: Any) -> dict[str, dict[str, int]]:
    check_names("capacity", given, CAPACITIES)
    found = {}
    for kind, most in given.items():
        if not isinstance(most, Mapping):
            raise _wrong(f"capacity.{kind} is {most!r:.80}; expected a table of names and numbers")
        found[kind] = {
            str(name): _whole(f"capacity.{kind}.{str(name)[:64]}", value, 0)
            for name, value in most.items()
        }
    return found


def _filters(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise _wrong(f"filter is {given!r:.80}; expected a table of fields and values")
    return {str(name): _filter_text(str(name), value) for name, value in given.items()}


def _filter_text(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_filter_text(name, own).replace(",", "\\,") for own in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise _wrong(f"filter.{name[:64]} is {value!r:.80}; expected a text, a number or a list")


# How each value of a request is read, and what the request calls it where that differs.
READ: Mapping[str, Callable[[Any], Any]] = {
    "name": partial(_text, "name"),
    "purpose": _purpose,
    "owner": partial(_named, "owner"),
    "budget": _budget,
    "size": partial(_whole, "size", least=1),
    "days": partial(_whole, "days", least=1, most=MAX_DAYS),
    "expires": _expires,
    "ranking": partial(_one_of, "ranking", allowed=RANKINGS),
    "control_share": partial(_share, "control_share"),
    "trial_share": partial(_share, "trial_share"),
    "seed": partial(_whole, "seed", least=0, most=2**62),
    "offers": lambda value: tuple(_texts("offers", value)),
    "view": partial(_text, "view"),
    "capacity": _capacity,
    "filter": _filters,
}
KEPT = {"budget": "budget_fen", "filter": "filters"}

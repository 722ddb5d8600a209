"""The grammar of searches: texts by name, as an address, a command line or a saved view has them.

city=Suzhou,Wuxi        any of these; a comma that belongs to a value is written `\\,`
group_id=               not known, or none
consent=true            of yes or no
churn_risk_min=0.2      from here on, and `_max` up to and with
sort=-churn_risk,city   the highest first, then by city; the missing come last
columns=customer_id,city
by=city,value_tier      counts by these, numbers in their bands
limit=50, after=...     so many customers, and the mark of the page before
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from features.errors import RequestRefused
from serving.customers.fields import SHOWN_FIRST, Field, field_of, nearest, seen_by

Value = str | float | int | bool | None

MAX_LIMIT = 500
LIMIT = 50
MAX_VALUES = 1000
MAX_NAMES = 8  # to sort by, or to count by
LONGEST = 200
LONG_NUMBER = re.compile(r"\d(?:[ .()-]{0,2}\d){6,}")  # as ids and phone numbers have
OTHERS = ("sort", "columns", "by", "limit", "after")
COMMA = re.compile(r"(?<!\\),")
WHOLE = re.compile(r"[0-9]{1,9}")


NAMING = ("customer_id", "after")  # texts that name customers


@dataclass(frozen=True)
class Filter:
    """A condition: any of `values` (null among them: missing), or a range with both its ends."""

    field: Field
    values: tuple[Value, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Sorting:
    """By one field, the highest first or the lowest; the missing come last in both."""

    field: Field
    descending: bool


@dataclass(frozen=True)
class Search:
    """What is searched, shown, counted, and in which order; `after` is as it was given."""

    filters: tuple[Filter, ...] = ()
    sort: tuple[Sorting, ...] = ()
    columns: tuple[Field, ...] = field(default=())
    by: tuple[Field, ...] = ()
    limit: int = LIMIT
    after: str | None = None


def parsed(texts: Mapping[str, str], role: str | None = None) -> Search:
    """The search that these texts mean to a caller of this role; null is the command line.

    Raises RequestRefused (`invalid_request`) naming what is wrong and the nearest field.
    """
    filters = tuple(_filters({k: v for k, v in texts.items() if k not in OTHERS}, role))
    sort = tuple(
        Sorting(field_of(name.removeprefix("-"), role), name.startswith("-"))
        for name in _names(texts, "sort")
    )
    shown = _names(texts, "columns")
    if not shown:
        seen = {own.name for own in seen_by(role)}
        shown = [name for name in SHOWN_FIRST if name in seen]
    return Search(
        filters,
        sort,
        tuple(field_of(name, role) for name in shown),
        tuple(field_of(name, role) for name in _names(texts, "by")),
        _limit(texts["limit"]) if "limit" in texts else LIMIT,
        texts.get("after"),
    )


def _filters(texts: Mapping[str, str], role: str | None) -> Iterator[Filter]:
    ranges: dict[str, dict[str, float]] = {}
    for name, text in texts.items():
        stem, _, end = name.rpartition("_")
        if end in ("min", "max") and stem:
            own = _ranged(stem, name, role)
            ranges.setdefault(own.name, {})[end] = _number(own, text)
        else:
            own = _named(name, role)
            yield Filter(own, tuple(_value(own, part) for part in _parts(name, text)))
    for name, ends in ranges.items():
        yield Filter(field_of(name, role), None, ends.get("min"), ends.get("max"))


def _named(name: str, role: str | None) -> Field:
    """The field; of a name that is none, what else could be meant, the other parameters too."""
    try:
        return field_of(name, role)
    except RequestRefused:
        names = [own.name for own in seen_by(role)]
        raise RequestRefused(
            "invalid_request",
            f"there is no field or parameter {name[:64]!r}.{nearest(name, [*names, *OTHERS])}",
            fields=names,
        ) from None


def _ranged(stem: str, name: str, role: str | None) -> Field:
    own = _named(stem, role)
    if not own.is_number:
        raise RequestRefused(
            "invalid_request", f"{name}: {own.name} is not a number, so it has no range"
        )
    return own


def _parts(name: str, text: str) -> list[str]:
    parts = [part.replace("\\,", ",") for part in COMMA.split(text)]
    if len(parts) > MAX_VALUES:
        raise RequestRefused(
            "invalid_request", f"{name}: {len(parts)} values; expected at most {MAX_VALUES}"
        )
    return parts


def _value(own: Field, text: str) -> Value:
    """One value of a condition; an empty text stands for a missing one."""
    if text == "":
        return None
    if own.is_number:
        return _number(own, text)
    allowed = own.levels or (("true", "false") if own.kind == "flag" else ())
    if allowed and text not in allowed:
        raise RequestRefused(
            "invalid_request",
            f"{own.name}: {text[:64]!r} is not one of {', '.join(allowed)}."
            f"{nearest(text, allowed)}",
        )
    if len(text) > LONGEST:
        raise RequestRefused(
            "invalid_request",
            f"{own.name}: a value has {len(text)} characters; expected at most {LONGEST}",
        )
    return text == "true" if own.kind == "flag" else text


def _number(own: Field, text: str) -> float:
    try:
        number = float(text) if len(text) <= LONGEST else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise RequestRefused(
            "invalid_request", f"{own.name}: {text[:64]!r} is not a number, such as 0.2 or 100"
        )
    return number


def _names(texts: Mapping[str, str], parameter: str) -> list[str]:
    """The names that a parameter lists, each once."""
    names = [name.strip() for name in texts.get(parameter, "").split(",") if name.strip()]
    plain = [name.removeprefix("-") if parameter == "sort" else name for name in names]
    if len(set(plain)) < len(plain):
        raise RequestRefused("invalid_request", f"{parameter} names a field twice")
    if parameter != "columns" and len(names) > MAX_NAMES:
        raise RequestRefused(
            "invalid_request", f"{parameter}: {len(names)} fields; expected at most {MAX_NAMES}"
        )
    return names


def _limit(text: str) -> int:
    if not WHOLE.fullmatch(text) or not 1 <= int(text) <= MAX_LIMIT:
        raise RequestRefused(
            "invalid_request", f"limit: {text[:64]!r} is not a number from 1 to {MAX_LIMIT}"
        )
    return int(text)


def without_customers(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of a search as the audit may keep them: none names a customer.

    An id or a phone number may stand in any of them by mistake.

    >>> without_customers({"customer_id": "C0012345", "city": "Suzhou, 138 0000 1234"})
    {'customer_id': '…', 'city': 'Suzhou, …'}
    """
    return {
        name: "…" if name in NAMING else LONG_NUMBER.sub("…", text) for name, text in texts.items()
    }

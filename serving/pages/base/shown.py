"""What the base page shows: the filter of each field, its conditions, columns, cells and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from features.words import words
from serving.customers.base.grammar import Search, Value
from serving.customers.fields import Field
from serving.pages import formats
from serving.pages.base.place import escaped, place

GROUPS: Mapping[str, tuple[str, ...]] = {
    "prediction": (
        "churn_risk", "value_at_stake", "predicted_tier", "margin", "expected_loss", "potential",
        "eligible", "universal_holdout", "model_version",
    ),
    "contract": (
        "plan", "brand", "payment_mode", "standing", "tenure_days", "days_to_contract_end",
        "consent", "open_complaint",
    ),
    "money": ("value_tier", "mean_bill", "overdue"),
    "belonging": ("customer_id", "city", "store_id", "manager_id", "group_id"),
}  # fmt: skip
MISSING = ""


@dataclass(frozen=True)
class Choice:
    """A value that can be ticked."""

    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class Filled:
    """The filter of a field as the search has it.

    `choices`: of levels and flags; `text`, the values of other texts; the ends of a range.
    """

    field: Field
    name: str
    choices: list[Choice]
    text: str = ""
    minimum: str = ""
    maximum: str = ""

    @property
    def is_set(self) -> bool:
        chosen = any(own.is_chosen for own in self.choices)
        return chosen or bool(self.text or self.minimum or self.maximum)


@dataclass(frozen=True)
class Condition:
    """One condition in words, and the address without it."""

    text: str
    without: str


@dataclass(frozen=True)
class Column:
    """A column: its field, name, the address that sorts by it, and which way it is sorted."""

    field: Field
    name: str
    sort: str
    direction: str


@dataclass(frozen=True)
class Group:
    """A row of the breakdown: its values, how many, the share of the largest, where it leads."""

    values: list[str]
    count: int
    length: float
    place: str | None


class Shown:
    """Puts a search of one reader into words."""

    def __init__(
        self, search: Search, texts: Mapping[str, str], fields: Sequence[Field], language: str,
        currency: str,
    ) -> None:  # fmt: skip
        self._search, self._texts, self._fields = search, texts, fields
        self._language = language
        self._said = words(language, "pages_base", "pages", "terms")
        self._amount = partial(formats.amount, currency=currency)

    def name(self, own: Field) -> str:
        """A field's name, as a heading."""
        return own.zh if self._language == "zh" else own.en[0].upper() + own.en[1:]

    @property
    def filters(self) -> list[tuple[str, list[Filled]]]:
        """The filters of the fields that the reader may know, by group."""
        seen = {own.name: own for own in self._fields}
        named = {name for names in GROUPS.values() for name in names}
        groups = {**GROUPS, "other": tuple(name for name in seen if name not in named)}
        found = [
            (self._said[f"group_{key}"], [self._filled(seen[one]) for one in names if one in seen])
            for key, names in groups.items()
        ]
        return [(name, own) for name, own in found if own]

    @property
    def conditions(self) -> list[Condition]:
        """What is searched for, one after the other."""
        found = []
        for own in self._search.filters:
            field = own.field
            colon = self._said["colon"]
            if own.values is None:
                ends = [
                    self._said[key].format(value=self.cell(field, end))
                    for key, end in (("from", own.minimum), ("to", own.maximum))
                    if end is not None
                ]
                text = f"{self.name(field)} {' '.join(ends)}"
            else:
                some = [self.cell(field, one) for one in own.values[:4]]
                more = ["…"] if len(own.values) > len(some) else []
                text = f"{self.name(field)}{colon}{self._said['or_between'].join(some + more)}"
            names = (field.name, f"{field.name}_min", f"{field.name}_max")
            without = place(self._texts, **dict.fromkeys((*names, "after")))
            found.append(Condition(text, without))
        return found

    @property
    def columns(self) -> list[Column]:
        """The columns that are shown."""
        first = self._search.sort[0] if self._search.sort else None
        found = []
        for own in self._search.columns:
            is_first = first is not None and first.field == own
            down = first is not None and is_first and first.descending
            begins_down = own.is_number  # of numbers the highest come first
            wanted = (not down) if is_first else begins_down
            sort = place(self._texts, sort=("-" if wanted else "") + own.name, after=None)
            direction = ("descending" if down else "ascending") if is_first else "none"
            found.append(Column(own, self.name(own), sort, direction))
        return found

    @property
    def pickable(self) -> list[Choice]:
        """All columns in the order of the fields, those that are shown ticked."""
        shown = {own.name for own in self._search.columns}
        return [Choice(own.name, self.name(own), own.name in shown) for own in self._fields]

    @property
    def countable(self) -> list[Choice]:
        """What can be counted by."""
        by = {own.name for own in self._search.by}
        own = [one for one in self._fields if one.name != "customer_id"]
        return [Choice(one.name, self.name(one), one.name in by) for one in own]

    def cell(self, own: Field, value: Any) -> str:
        """A value as the page writes it."""
        if value is None:
            return self._said["missing"]
        if isinstance(value, bool):
            return self._said["yes" if value else "no"]
        if own.unit == "share":
            return formats.percent(value)
        if own.unit == "currency":
            return self._amount(value)
        if own.unit == "d":
            return self._said["days_of"].format(count=round(value))
        if not own.levels:
            return str(value)
        return self._said.get(f"level_{value}", self._said.get(str(value), str(value)))

    def groups(self, breakdown: Sequence[Mapping[str, Any]] | None) -> list[Group]:
        """The rows of the breakdown, each leading to its customers where a condition says so."""
        most = max((own["customers"] for own in breakdown or ()), default=0) or 1
        found = []
        for own in breakdown or ():
            values = [self._counted(field, own[field.name]) for field in self._search.by]
            length = round(100 * own["customers"] / most, 1)
            found.append(Group(values, own["customers"], length, self._within(own)))
        return found

    def _within(self, group: Mapping[str, Any]) -> str | None:
        """The search within a group; null where one of its values is a band."""
        if any(own.bands and group[own.name] is not None for own in self._search.by):
            return None
        more = {own.name: _text(group[own.name]) for own in self._search.by}
        ends = {f"{own.name}_{end}": None for own in self._search.by for end in ("min", "max")}
        return place(self._texts, **ends, **more, after=None, by=None)

    def _counted(self, own: Field, value: Any) -> str:
        """A value or the band of a number, which is text by then."""
        if not own.bands or value is None:
            return self.cell(own, value)
        text = str(value)
        if own.unit != "share":
            return text
        parts = [_percent(part) for part in text.split(" ")]
        return " ".join(parts)

    def _filled(self, own: Field) -> Filled:
        """The filter of a field with what the search says of it."""
        names = [one for one in self._search.filters if one.field == own]
        ranges = [one for one in names if one.values is None]
        values = [value for one in names for value in one.values or ()]
        if own.is_number:
            low, high = (ranges[0].minimum, ranges[0].maximum) if ranges else (None, None)
            return Filled(
                own,
                self.name(own),
                self._missing(values),
                "",
                *(_end(one, own) for one in (low, high)),
            )
        levels: tuple[Value, ...] = own.levels or ((True, False) if own.kind == "flag" else ())
        if levels:
            some = [Choice(_text(one), self.cell(own, one), one in values) for one in levels]
            return Filled(own, self.name(own), some + self._missing(values))
        said = ",".join(escaped(str(one)) for one in values if one is not None)
        return Filled(own, self.name(own), self._missing(values), said)

    def _missing(self, values: Sequence[Value]) -> list[Choice]:
        return [Choice(MISSING, self._said["missing"], None in values)]


def _text(value: Any) -> str:
    """A value as the grammar writes it."""
    if value is None:
        return MISSING
    return str(value).lower() if isinstance(value, bool) else escaped(str(value))


def _end(value: float | None, own: Field) -> str:
    """An end of a range as it is typed: of a share in per cent."""
    scale = 100 if own.unit == "share" else 1
    return "" if value is None else f"{value * scale:.10g}"


def _percent(part: str) -> str:
    """A number in per cent; a sign as it is."""
    try:
        return f"{float(part):.0%}".replace("%", " %")
    except ValueError:
        return part

"""Entries and changes in the reader's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.words import words
from features.words.refusals import in_language
from serving.changes.subjects import SUBJECTS
from serving.http.contract.forms.business.settings import (
    ChangeAnswer,
    EditAnswer,
    SettingEntry,
    SettingsAnswer,
)
from serving.pages import formats
from serving.pages.settings.fields import CHOICES, FALSE, GROUPS, TRUE, Kind, flat, kind_of

BEGINNINGS = {  # of words
    "kind": "kind_", "intents": "intents_", "contract": "contract_", "counted": "counted_",
}  # fmt: skip
BEFORE = re.compile(
    r"(?:decision|retention)\.toml: (?:\w+(?:\.\w+)?: )?"
)  # where the reader of settings found it
TABLES = [own.table for own in SUBJECTS.values() if own.is_one]
NAMED = re.compile(r"(?:\w+\.)*(\w+)(?= is | has )")
AMOUNTS = ("cost", "standard", "silver", "gold", "diamond", "arrears_amount")
UNITS = {
    "months": "unit_months", "lasts_months": "unit_months", "hours": "unit_hours",
    **dict.fromkeys(
        ("min_tenure_days", "contact_days", "arrears_days", "cancel_request_days"), "unit_days"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """A value that can be chosen."""

    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class FormField:
    """A field: its name, label and kind, what it holds, and its choices where it has any."""

    name: str
    label: str
    kind: Kind
    value: str
    unit: str
    choices: Sequence[Choice]


@dataclass(frozen=True)
class Value:
    """A value in force; `shipped` is null where it is as shipped."""

    name: str
    label: str
    text: str
    shipped: str | None


@dataclass(frozen=True)
class Difference:
    """One key of a change: of which entry, which value, from what to what; null is nothing."""

    title: str
    label: str
    was: str | None
    wanted: str | None


class Shown:
    """Puts settings into the words of one reader."""

    def __init__(self, found: SettingsAnswer, language: str, currency: str) -> None:
        self._language, self._currency = language, currency
        self._entries = {own.key: own for one in found.subjects for own in one.entries}
        self._said = words(language, "pages_settings", "pages", "terms")

    def title(self, key: str, values: Mapping[str, Any] | None = None) -> str:
        """What an entry is called: its own text, else that of its name."""
        own = values if values is not None else self._values(key)
        name = self._entry(key).rpartition(".")[2]
        text = own.get(self._language) if own else None
        return str(text or self._said.get(f"entry_{name}", name))

    def label(self, name: str, entry: str = "") -> str:
        """What a value is called, within an entry whose words may be its own.

        Of a table's value, as that of one tier, both names.
        """
        if "." in name:
            return self._said["within"].format(
                table=self.label(name.partition(".")[0], entry),
                name=self.label(name.partition(".")[2]),
            )
        own = self._said.get(f"field_{name}", self._said.get(name, name))
        return self._said.get(f"field_{entry}_{name}", own)

    def text(self, name: str, value: Any) -> str:
        """A value in words."""
        if isinstance(value, bool):
            return self._said[TRUE if value else FALSE]
        if isinstance(value, list):
            between = self._said["between"] if name in CHOICES else "\n"  # texts stand in lines
            return between.join(self._choice(name, own) for own in value) or "–"
        if isinstance(value, str):
            return self._choice(name, value)
        if name in AMOUNTS:
            return formats.amount(value, self._currency)
        unit = self._said.get(UNITS.get(name, ""), "")
        return f"{value:.10g} {unit}".strip() if isinstance(value, int | float) else str(value)

    def values(self, entry: SettingEntry) -> list[Value]:
        """What is in force of an entry, beside what was shipped where that differs."""
        before = flat(entry.shipped or {})
        return [
            Value(
                name,
                self.label(name, entry.key),
                self.text(name, own),
                self.text(name, before[name]) if name in before and own != before[name] else None,
            )
            for name, own in _ordered(flat(entry.values)).items()
        ]

    def groups(self, entry: SettingEntry) -> list[tuple[str, list[FormField]]]:
        """The fields of an entry's form, those of an offer in groups with their names."""
        fields = {
            name: self._field(name, own, entry.key)
            for name, own in _ordered(flat(entry.values)).items()
        }
        if set(fields) != {name for names in GROUPS.values() for name in names}:
            return [("", list(fields.values()))]
        return [
            (self._said[f"group_{group}"], [fields[name] for name in names])
            for group, names in GROUPS.items()
        ]

    def differences(self, change: ChangeAnswer) -> list[Difference]:
        """What a change does, key by key; of an entry that comes or goes each value."""
        return [one for edit in change.edits for one in self._differences(edit)]

    def _differences(self, edit: EditAnswer) -> list[Difference]:
        entry = self._entry(edit.key)
        name = edit.key.removeprefix(entry).lstrip(".")
        tables = [own for own in (edit.was, edit.wanted) if isinstance(own, dict)]
        if name and not tables:
            was, wanted = (
                None if own is None else self.text(name, own) for own in (edit.was, edit.wanted)
            )
            return [Difference(self.title(edit.key), self.label(name, entry), was, wanted)]
        before, after = (
            flat({name: own} if name and own else own or {}) for own in (edit.was, edit.wanted)
        )
        title = self.title(edit.key, None if name else after or before)
        return [
            Difference(title, self.label(name, entry), *(
                self.text(name, own[name]) if name in own else None for own in (before, after)
            ))
            for name in _ordered({**before, **after})
            if before.get(name) != after.get(name)
        ]  # fmt: skip

    def _field(self, name: str, value: Any, entry: str) -> FormField:
        kind = kind_of(name, value)
        chosen = value if isinstance(value, list) else [value]
        choices = [
            Choice(own, self._choice(name, own), own in chosen) for own in CHOICES.get(name, ())
        ]
        if kind == "flag":
            choices = [
                Choice(own, self._said[own], (own == TRUE) == value) for own in (TRUE, FALSE)
            ]
        text = "\n".join(value) if kind == "lines" else str(value)
        if kind in ("whole", "number"):
            text = f"{value:.10g}"
        unit = self._currency if name in AMOUNTS else self._said.get(UNITS.get(name, ""), "")
        return FormField(name, self.label(name, entry), kind, text, unit, choices)

    def _choice(self, name: str, value: str) -> str:
        if name not in CHOICES:
            return value
        return self._said.get(BEGINNINGS.get(name, "") + value, value)

    def _entry(self, key: str) -> str:
        """The key of the entry that a key is of: its first two parts, or a table that is one."""
        parts = key.split(".")
        return parts[0] if parts[0] in TABLES else ".".join(parts[:2])

    def _values(self, key: str) -> Mapping[str, Any] | None:
        entry = self._entries.get(self._entry(key))
        return None if entry is None else entry.values


def reason_of(message: str, language: str) -> str:
    """What is wrong with a change, in a language, the value by what the form calls it.

    >>> reason_of("decision.toml: actions.credit: cost is -1.0; expected 0 to 1000000", "zh")
    '成本为-1.0；应为0至1000000'
    """
    own = BEFORE.sub("", message)
    said, named = in_language(own, language), NAMED.match(own)
    label = words(language, "pages_settings", "terms").get(f"field_{named[1]}") if named else None
    return said.replace(named[0], label, 1) if named and label else said


def _ordered(values: Mapping[str, Any]) -> dict[str, Any]:
    """The texts first, as they are what the entry is called."""
    return {name: values[name] for name in ("en", "zh") if name in values} | dict(values)

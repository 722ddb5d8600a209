"""Entries and changes in the reader's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.words import words
from features.words.refusals import in_language
from serving.http.contract.forms.business.settings import (
    ChangeAnswer,
    EditAnswer,
    SettingEntry,
    SettingsAnswer,
)
from serving.pages import formats
from serving.pages.settings.fields import CHOICES, FALSE, GROUPS, TRUE, Kind, kind_of

BEGINNINGS = {"kind": "kind_", "intents": "intents_", "contract": "contract_"}  # of words
BEFORE = re.compile(r"decision\.toml: (?:\w+\.\w+: )?")  # where the reader of settings found it
NAMED = re.compile(r"(?:\w+\.)*(\w+)(?= is | has )")
AMOUNTS = ("cost", "standard", "silver", "gold", "diamond")
UNITS = {"months": "unit_months", "min_tenure_days": "unit_days", "hours": "unit_hours"}


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
        name = key.split(".")[1]
        text = own.get(self._language) if own else None
        return str(text or self._said.get(f"entry_{name}", name))

    def label(self, name: str) -> str:
        """What a value is called."""
        return self._said.get(f"field_{name}", self._said.get(name, name))

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
        before = entry.shipped or {}
        return [
            Value(
                name,
                self.label(name),
                self.text(name, own),
                self.text(name, before[name]) if name in before and own != before[name] else None,
            )
            for name, own in _ordered(entry.values).items()
        ]

    def groups(self, entry: SettingEntry) -> list[tuple[str, list[FormField]]]:
        """The fields of an entry's form, those of an offer in groups with their names."""
        fields = {name: self._field(name, own) for name, own in _ordered(entry.values).items()}
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
        parts = edit.key.split(".")
        if len(parts) > 2:
            was, wanted = (
                None if own is None else self.text(parts[2], own) for own in (edit.was, edit.wanted)
            )
            return [Difference(self.title(edit.key), self.label(parts[2]), was, wanted)]
        before, after = edit.was or {}, edit.wanted or {}
        title = self.title(edit.key, after or before)
        return [
            Difference(title, self.label(name), *(
                self.text(name, own[name]) if name in own else None for own in (before, after)
            ))
            for name in _ordered({**before, **after})
            if before.get(name) != after.get(name)
        ]  # fmt: skip

    def _field(self, name: str, value: Any) -> FormField:
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
        return FormField(name, self.label(name), kind, text, unit, choices)

    def _choice(self, name: str, value: str) -> str:
        if name not in CHOICES:
            return value
        return self._said.get(BEGINNINGS.get(name, "") + value, value)

    def _values(self, key: str) -> Mapping[str, Any] | None:
        entry = self._entries.get(".".join(key.split(".")[:2]))
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

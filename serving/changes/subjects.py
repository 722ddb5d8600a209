"""Which settings people may change, and what of them is in force."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any

from features.errors import RequestRefused, SettingsError
from features.settings import build, parse_toml
from features.settings.edits import value_at
from features.settings.layers import Values, over, own_values
from serving.decision.decision_settings import SHIPPED, DecisionSettings
from serving.retention import retention_settings as retention

NAME = r"[a-z][a-z0-9_]{0,31}"
FILES: Mapping[str, tuple[Path, type]] = {  # each as it is read
    "decision": (SHIPPED, DecisionSettings),
    "retention": (retention.SHIPPED, retention.RetentionSettings),
}
KEY = re.compile(rf"{NAME}(\.{NAME}){{1,3}}")


@dataclass(frozen=True)
class Subject:
    """A table of a settings file whose tables are entries, or which `is_one` entry itself.

    `grows`: entries may be added.
    """

    name: str
    file: str
    table: str
    grows: bool = False
    is_one: bool = False


SUBJECTS: Mapping[str, Subject] = {
    own.name: own
    for own in (
        Subject("offers", "decision", "actions", grows=True),
        Subject("limits", "decision", "limits"),
        Subject("words", "decision", "words"),
        Subject("promises", "decision", "promises", grows=True),
        Subject("reasons", "decision", "reasons", grows=True),
        Subject("list_offers", "retention", "offers"),
        Subject("channels", "retention", "channels"),
        Subject("contact_rules", "retention", "rules", is_one=True),
        Subject("risk", "retention", "risk", is_one=True),
        Subject("doubt", "retention", "doubt", is_one=True),
    )
}


@dataclass(frozen=True)
class Entry:
    """One entry, such as an offer: its values in force, and as shipped; null where it is new."""

    key: str
    values: Values
    shipped: Values | None

    @property
    def changed(self) -> list[str]:
        """The keys within it that are not as shipped; of a new entry all."""
        before = self.shipped or {}
        return [key for key, own in self.values.items() if own != before.get(key)]


@dataclass(frozen=True)
class File:
    """A settings file of a home: the shipped values, and the home's own."""

    name: str
    defaults: Values
    own: Values

    @property
    def effective(self) -> Values:
        return over(self.defaults, self.own)

    @property
    def fingerprint(self) -> str:
        """Of the effective settings, as decisions keep it. Raises SettingsError."""
        return fingerprint_of(build(self.effective, FILES[self.name][1], f"{self.name}.toml"))

    def entries(self, subject: Subject) -> Iterator[Entry]:
        """The subject's entries in the order of the files."""
        shipped = self.defaults[subject.table]
        if subject.is_one:
            yield Entry(subject.table, self.effective[subject.table], shipped)
            return
        for name, values in self.effective[subject.table].items():
            yield Entry(f"{subject.table}.{name}", values, shipped.get(name))


def fingerprint_of(settings: Any) -> str:
    """Of the effective settings of a file, as they were read."""
    content = dumps(asdict(settings), sort_keys=True, ensure_ascii=False)
    return sha256(content.encode()).hexdigest()[:16]


def file_of(home: Path, name: str) -> File:
    """The file as it is now. Raises SettingsError where the home's is not TOML."""
    return File(name, parse_toml(FILES[name][0]), own_values(home, name))


def subject_of(key: str) -> Subject:
    """The subject that this dotted key belongs to.

    Raises RequestRefused (`invalid_request`) for a key that people do not change.

    >>> subject_of("actions.discount.cost").name
    'offers'
    """
    if KEY.fullmatch(key):
        for own in SUBJECTS.values():
            if key.startswith(f"{own.table}."):
                return own
    tables = ", ".join(own.table for own in SUBJECTS.values())
    raise RequestRefused(
        "invalid_request",
        f"key is {key[:128]!r}; expected one such as actions.discount.cost, of the tables {tables}",
    )


def resolved(file: File, subject: Subject, key: str, value: Any) -> Any:
    """What a key is to hold; null means as shipped, or not at all where nothing is shipped.

    Raises RequestRefused (`invalid_request`) for an entry that cannot be added or taken away, and
    for what lies within a single value.
    """
    parts = key.split(".")
    within = value_at(file.effective, key.rpartition(".")[0])
    if within is not None and not isinstance(within, dict):
        raise RequestRefused("invalid_request", f"{key.rpartition('.')[0]} has nothing within it")
    entry = ".".join(parts[:2])
    is_known = value_at(file.effective, entry) is not None
    if not is_known and not subject.grows:
        names = ", ".join(file.effective[subject.table])
        raise RequestRefused(
            "invalid_request", f"{subject.table} has no {parts[1]}; expected one of {names}"
        )
    return value_at(file.defaults, key) if value is None else value


def checked(file: File) -> str:
    """The fingerprint of the file's settings, checked as they are when they are read.

    Raises RequestRefused (`invalid_request`) that says what is wrong, and where.
    """
    try:
        return file.fingerprint
    except SettingsError as error:
        raise RequestRefused("invalid_request", error.message) from None

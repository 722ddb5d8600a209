"""Whether rows of features are what a model reads: feature by feature.

A model names its own features. Further ones beside them change nothing; one that is missing,
or that has another definition than the model was trained on, makes the rows unreadable for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from features import catalogue
from training.encoding import listed
from training.models.bundle import Bundle


class Described(Protocol):
    """Rows of features, by what is known of them.

    `fingerprint` is `<definitions>.<inputs>` of all features, `definitions` the same for each
    (`features.engine.store.Histories`); null where an older version of Liuke wrote the rows.
    """

    @property
    def features(self) -> Sequence[str]: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def definitions(self) -> Mapping[str, str] | None: ...


@dataclass(frozen=True)
class FeatureRows:
    """A `Described` by its values."""

    features: tuple[str, ...]
    fingerprint: str
    definitions: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Difference:
    """What a model reads and the rows lack, and what has another definition there.

    False where the model can read the rows. `unknown`: one side keeps no hash of each feature,
    so that which of them differ cannot be said.
    """

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unknown: bool = False

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed)

    def __str__(self) -> str:
        parts = [f"missing: {listed(self.missing)}"] if self.missing else []
        if self.changed and not self.unknown:
            parts.append(f"of another definition: {listed(self.changed)}")
        return "; ".join(parts) or "the same names, other definitions"

    @property
    def details(self) -> dict[str, Any]:
        return {"missing": list(self.missing), "changed": list(self.changed)}


def difference(bundle: Bundle, rows: Described) -> Difference:
    """How the rows differ from those that the bundle was trained on.

    Where one side keeps no hash of each feature, the catalogue gives them, provided that its
    definitions have the side's fingerprint; what else changes the numbers is then compared
    over all features.
    """
    own = FeatureRows(bundle.features, bundle.fingerprint, bundle.definitions)
    if (own.features, own.fingerprint) == (tuple(rows.features), rows.fingerprint):
        return Difference()
    given = set(rows.features)
    missing = tuple(name for name in own.features if name not in given)
    shared = [name for name in own.features if name in given]
    is_kept = own.definitions is not None and rows.definitions is not None
    ours, theirs = _definitions(own, bundle.currency), _definitions(rows, bundle.currency)
    if ours is None or theirs is None or not (is_kept or _inputs(own) == _inputs(rows)):
        return Difference(missing, tuple(shared), unknown=True)
    part = _whole if is_kept else catalogue.declared
    changed = [
        name for name in shared if part(ours.get(name, "")) != part(theirs.get(name, "unknown"))
    ]
    return Difference(missing, tuple(changed))


def _definitions(rows: Described, currency: str) -> Mapping[str, str] | None:
    if rows.definitions is not None:
        return rows.definitions
    declared = {feature.name: feature for feature in catalogue.features(currency)}
    known = [declared[name] for name in rows.features if name in declared]
    if catalogue.fingerprint(known) != catalogue.declared(rows.fingerprint):
        return None
    return {feature.name: catalogue.definition_hash(feature) for feature in known}


def _inputs(rows: Described) -> str:
    return rows.fingerprint.partition(".")[2]


def _whole(definition: str) -> str:
    return definition

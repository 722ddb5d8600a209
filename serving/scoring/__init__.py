"""A customer in, risk and reasons out: the champion on the latest rows.

The same functions score the base at night (`nightly`) and the customer at the counter, so a
customer alone scores exactly as in the base.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features import catalogue
from features.catalogue.families import Feature
from features.errors import FingerprintMismatch, SettingsError
from features.histories.bills.tiers import names, tiers_of
from features.home import Home
from serving.access.principal import Scope
from serving.scores.fresh import Fresh, FreshRows, of_night
from serving.scores.latest import EVERYONE, CategoryMap, Latest, Night, Rows, category_maps
from serving.scoring.ranking import ReasonRules
from serving.scoring.reasons import LEAVING, TIER, in_words, reasons, rules_of
from serving.scoring.valued import Valued, valued
from training.encoding import PRECISION, Matrix
from training.models.bundle import Bundle, read_bundle
from training.models.definitions import Described, difference
from training.models.promotion import read_champion
from training.statistics.metrics import Floats

LIVE = "live"  # scored now, by the champion
LAST_NIGHT = "last_night"  # from last night's rows, without what was posted since
OTHER_FEATURES = (
    "Train and promote a version on today's features, import the feeds that the missing ones "
    "come from, or roll back."
)


@dataclass(frozen=True)
class LoadedChampion:
    """The promoted version, its bundle, and its features as the catalogue declares them.

    A feature that this version of Liuke no longer declares has no words and is hidden.
    """

    version: str
    bundle: Bundle
    features: tuple[Feature, ...]

    @cached_property
    def rules(self) -> ReasonRules:
        """What may be said of the features."""
        return rules_of(self.features)

    @cached_property
    def maps(self) -> tuple[CategoryMap, ...]:
        """The bundle's maps of categories with the places of their features."""
        return category_maps(self.bundle.features, self.bundle.maps)

    @cached_property
    def by_name(self) -> Mapping[str, Feature]:
        return {feature.name: feature for feature in self.features}

    def in_words(
        self, found: Sequence[dict[str, Any]], language: str, directions: tuple[str, str]
    ) -> list[dict[str, Any]]:
        """These reasons as people and programs get them."""
        return [
            in_words(reason, self.by_name[reason["feature"]], language, directions)
            for reason in found
        ]


@dataclass(frozen=True)
class ScoredCustomers:
    """One chunk of scores: risks and raw scores (n,), reasons without words a row, the value.

    `matrix` is the model's input, `modes` the payment modes (n,) that they were computed from.
    """

    risk: Floats
    raw: Floats
    reasons: list[list[dict[str, Any]]]
    value: Valued
    matrix: Matrix
    modes: NDArray[np.object_]


@dataclass(frozen=True)
class Seen:
    """One customer's latest row, of which nothing is predicted.

    `kept` holds all that the night kept, `row` the champion's features; `tier` is by the bills and
    the champion's bounds, null where it has none. `facts`: the kept values by name.
    `fresh_events`: with how many posted facts it was rebuilt; `is_behind`: some could not be used.
    """

    champion: LoadedChampion
    night: Night
    kept: Rows
    tier: str | None
    fresh_events: int = 0
    is_behind: bool = False

    @property
    def row(self) -> Rows:
        return self.kept.of(self.champion.bundle.features, self.night.features)

    @property
    def facts(self) -> Mapping[str, float | str | None]:
        numbers = zip(self.night.features, self.kept.numbers[0].tolist(), strict=True)
        return {name: None if math.isnan(value) else value for name, value in numbers} | (
            self.kept.categories[0]
        )


@dataclass(frozen=True)
class Examined:
    """One customer's score.

    `certain_value`: the value at stake of a customer who is certain to stay the month. Amounts are
    in the currency, null where no value is predicted.
    """

    risk: float
    reasons: list[dict[str, Any]]
    margin: float | None
    at_stake: float | None
    certain_value: float | None


Opened = tuple[LoadedChampion, Latest]


def load_champion(home: Path) -> LoadedChampion:
    """The champion of this home.

    Raises NoChampion, BundleError. Whether rows can be read by it, `check_features` says.
    """
    return load_version(home, read_champion(home).version)


def load_version(home: Path, version: str) -> LoadedChampion:
    """This version of the home, as if it were the champion. Raises BundleError."""
    bundle = read_bundle(Home(home).models / version)
    declared = {feature.name: feature for feature in catalogue.features(bundle.currency)}
    features = (declared.get(name) or _undeclared(name, bundle) for name in bundle.features)
    return LoadedChampion(version, bundle, tuple(features))


def _undeclared(name: str, bundle: Bundle) -> Feature:
    """A feature of another version of Liuke: the model reads it, no reason names it."""
    return Feature(
        name=name, stream="", column=name, aggregate=None, weeks=0, scale=1, unit="",
        group="people", en=name, zh=name, staff_may_hear=False, saying=None,
        is_category=name in bundle.maps, needs=frozenset(),
    )  # fmt: skip


def check_features(bundle: Bundle, rows: Described, where: str, what_to_do: str) -> None:
    """Raises FingerprintMismatch, with the difference, unless the bundle can read the rows."""
    found = difference(bundle, rows)
    if found:
        raise FingerprintMismatch(
            f"the champion was trained on other features than those {where} ({found}). "
            f"{what_to_do}",
            **found.details,
        )


def check_night(bundle: Bundle, night: Night) -> None:
    """Raises FingerprintMismatch unless the bundle can read last night's rows."""
    check_features(
        bundle,
        night,
        "scored last night",
        "Run `liuke score --as-of DATE`, or go back to the champion before with `liuke rollback`.",
    )


def score_rows(champion: LoadedChampion, rows: Rows, min_leaving: int = 0) -> ScoredCustomers:
    """Risks, raw scores, reasons (see `serving.scoring.reasons`) and value of these rows."""
    bundle = champion.bundle
    matrix = rows.encoded(champion.maps)
    raw = bundle.raw(matrix)
    modes = np.array([own.get("payment_mode") for own in rows.categories], dtype=object)
    risk = bundle.risk(raw, modes)
    found = _reasons(champion, rows, bundle.shap_values(matrix), min_leaving)
    value = valued(bundle, matrix, rows.sums, risk, modes)
    return ScoredCustomers(risk, raw, found, value, matrix, modes)


def tier_reasons(
    champion: LoadedChampion, rows: Rows, matrix: Matrix
) -> list[list[dict[str, Any]]]:
    """What pushes each customer's tier up (effect above 0) and down, strongest first.

    Of the ordinal score of `training.value.ValueModels.tier_effects`. Empty without models.
    """
    value = champion.bundle.value
    if value is None:
        return [[] for _ in rows.categories]
    return _reasons(champion, rows, value.tier_effects(matrix))


def _reasons(
    champion: LoadedChampion, rows: Rows, effects: Floats, min_leaving: int = 0
) -> list[list[dict[str, Any]]]:
    """Reasons without words, a row each; the last column of `effects` is the mean."""
    return reasons(champion.rules, champion.bundle.features, effects, rows.numbers, min_leaving)


def seen_by(champion: LoadedChampion, night: Night, kept: Rows) -> Seen:
    """One row that the night kept, with the tier by this champion's bounds."""
    bounds = champion.bundle.tier_bounds_fen
    tier = None
    if bounds is not None:
        tier = str(names(tiers_of(kept.sums[:, 1], kept.sums[:, 0], bounds))[0])
    return Seen(champion, night, kept, tier)


def examined(seen: Seen, language: str) -> Examined:
    """The score of this row."""
    bundle = seen.champion.bundle
    scored = score_rows(seen.champion, seen.row)
    amounts = scored.value.to_json(0, bundle.currency)
    margin, at_stake = list(amounts.values())[-2:]
    certain = None
    if scored.value.margin is not None and margin is not None:
        none = np.zeros_like(scored.risk)
        certain = float(bundle.at_stake(scored.value.margin, none, scored.modes)[0])
    found = seen.champion.in_words(scored.reasons[0], language, LEAVING)
    return Examined(float(scored.risk[0]), found, margin, at_stake, certain)


class Scorer:
    """The service's scorer: champion and rows stay open until their files are replaced.

    `currency`: the one that the answers' amounts must be named in, None for the champion's.
    `fresh`: what was posted since last night; without, the rows are last night's.
    """

    def __init__(self, home: Path, currency: str | None = None, fresh: Fresh | None = None) -> None:
        self._home, self._fresh = home, fresh
        self._files = Home(home).champion, Home(home).latest
        self._currency = currency
        self._lock = Lock()
        self._seen: tuple[object, object] | None = None
        self._state: Opened | None = None

    def score(
        self,
        customer_ids: Sequence[str],
        language: str,
        scope: Scope = EVERYONE,
        opened: Opened | None = None,
        found: Callable[[], None] = lambda: None,
    ) -> list[dict[str, Any]]:
        """One answer a customer, in order; see `serving.http.contract.schemas` for its fields.

        Customers outside the scope are refused as those who do not exist. `opened`: what the method
        of that name said, of customers whose rows are not changed; without it the files are looked
        at again, and rows built with what was posted. Raises
        UnknownCustomers, NoChampion, FingerprintMismatch, BundleError, LakeError, and
        SettingsError where the champion's currency is another.
        """
        champion, latest = opened or self._current()
        features = champion.bundle.features
        if opened is None:
            fresh = self._rows(latest, customer_ids, features, scope)
        else:
            fresh = of_night(latest.rows(customer_ids, features, scope))
        found()
        rows = fresh.rows
        scored = score_rows(champion, rows)
        of_tier = tier_reasons(champion, rows, scored.matrix)
        return [
            {
                "customer_id": customer_id,
                "churn_risk": float(scored.risk[place]),
                "reasons": champion.in_words(scored.reasons[place], language, LEAVING),
                **scored.value.to_json(place, champion.bundle.currency),
                "tier_reasons": (
                    champion.in_words(of_tier[place], language, TIER)
                    if champion.bundle.value
                    else None
                ),
                "model_version": champion.version,
                "as_of": latest.night.as_of,
                "answered_by": LAST_NIGHT if fresh.unused[place] else LIVE,
                "fresh_events": fresh.events[place],
            }
            for place, customer_id in enumerate(customer_ids)
        ]

    @property
    def champion(self) -> LoadedChampion:
        """The champion that answers now. Raises what `score` would raise for any customer."""
        return self._current()[0]

    def _rows(
        self,
        latest: Latest,
        customer_ids: Sequence[str],
        features: Sequence[str],
        scope: Scope,
        moment: datetime | None = None,
    ) -> FreshRows:
        if self._fresh is not None:
            return self._fresh.rows(latest, customer_ids, features, scope, moment)
        return of_night(latest.rows(customer_ids, features, scope))

    def check_customers(self, customer_ids: Sequence[str], scope: Scope) -> None:
        """Raises UnknownCustomers for those who have no row, or are outside the scope."""
        self._current()[1].rows(customer_ids, None, scope)

    def are_changed(self, customer_ids: Sequence[str]) -> bool:
        """Whether rows of these customers may have to be rebuilt, which takes a while."""
        return self._fresh is not None and self._fresh.have_events(customer_ids)

    def see(
        self, customer_id: str, scope: Scope = EVERYONE, moment: datetime | None = None
    ) -> Seen:
        """The customer's latest row with what was posted since; raises what `score` does.

        `moment`: up to when posted facts count; now where it is null.
        """
        champion, latest = self._current()
        found = self._rows(latest, [customer_id], latest.night.features, scope, moment)
        seen = seen_by(champion, latest.night, found.rows)
        return replace(seen, fresh_events=found.events[0], is_behind=found.unused[0])

    def check(self) -> None:
        """Raises what `score` would raise for any customer."""
        self._current()

    def warm(self) -> None:
        """Run every code path once, so that the first customer does not wait."""
        champion, latest = self._current()
        if self._fresh is not None:
            self._fresh.warm(latest)
        shape = (1, len(champion.features))
        empty = Rows(
            np.full(shape, np.nan, dtype=PRECISION), [{}], np.zeros((1, 3), dtype=np.int64)
        )
        tier_reasons(champion, empty, score_rows(champion, empty).matrix)
        champion.bundle.explainer.warm()

    def opened(self) -> Opened | None:
        """Champion and rows as the files are now, if they are open; null if any must be read."""
        return self._state if self._seen == self._identities() else None

    def _identities(self) -> tuple[object, object]:
        return file_identity(self._files[0]), file_identity(self._files[1])

    def _current(self) -> Opened:
        """Champion and rows as the files are now; a replaced file is opened again."""
        seen = self._identities()
        if self._state is None or seen != self._seen:
            with self._lock:
                if self._state is None or seen != self._seen:
                    read_champion(self._home)
                    latest = Latest(self._home)  # before the bundle, which takes much longer
                    champion = load_champion(self._home)
                    self._check_currency(champion.bundle.currency)
                    check_night(champion.bundle, latest.night)
                    # The old rows stay open for requests that still read them.
                    self._state, self._seen = (champion, latest), seen
        return self._state

    def _check_currency(self, currency: str) -> None:
        if self._currency not in (None, currency):
            raise SettingsError(
                f"the champion's amounts are in {currency}, the service names them in "
                f"{self._currency}. Set `currency` in settings/features.toml to {currency} and "
                f"start the service again, or promote a version trained in {self._currency}."
            )


def file_identity(path: Path) -> object:
    """What changes when a file is replaced, None if it is not there or cannot be seen."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_ino, status.st_mtime_ns, status.st_size)

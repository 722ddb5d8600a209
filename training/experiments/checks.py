"""What a test must hold before its effect is named, each with what was found in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import MonteCarloMethod, binom, chi2, chi2_contingency

from features.words import say
from training.experiments.effects.clustered import MIXED, clusters_of
from training.experiments.trial import Numbers, Trial
from training.forms.texts import Flags

BY_CHANCE = 0.001  # the custom for sample ratios (Fabijan et al. 2019, KDD)
FEW_EXPECTED = 50  # rows of an arm; below, the binomial's own tail instead of chi-square
NEARLY_EVEN = 0.08  # shares so near to even ones were most likely meant to be even
DRAWS = 9_999
MIN_UNITS = 10  # of an arm; with fewer no interval holds
FEW_EVENTS = 10  # of an arm
NOTABLE_MISSING = 0.01  # difference of shares


@dataclass(frozen=True)
class Check:
    """`name` is stable, `key` names its sentence in words/experiment.toml.

    Where one that `refuses` has failed, the arms differ by more than the treatment or cannot be
    compared, and no effect is named.
    """

    name: str
    passed: bool
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    refuses: bool = False

    def message(self, language: str) -> str:
        return say("experiment", self.key, language, **self.values)

    @property
    def forbids(self) -> bool:
        """Whether no effect can be named because of it."""
        return self.refuses and not self.passed


def sample_ratio(names: tuple[str, ...], counts: Numbers, planned: Numbers | None) -> Check:
    """Whether the arms have the shares of the draw; `counts` are what was drawn by itself.

    Where it is not as planned no effect is named. Without a plan, shares that are nearly even and
    not even are suspected, which is said with the effects: they may have been drawn so.
    """
    total, even = counts.sum(), np.full(len(counts), 1 / len(counts))
    shown = ", ".join(
        f"{name} {count:,.0f} ({count / total:.1%})"
        for name, count in zip(names, counts, strict=True)
    )
    if planned is None and np.abs(counts / total / even - 1).max() > NEARLY_EVEN:
        return Check("sample_ratio", True, "ratio_unknown", {"shown": shown})
    chance = _chance(counts, even if planned is None else planned)
    passed = chance >= BY_CHANCE
    key = ("ratio" if planned is not None else "ratio_even") + ("" if passed else "_bad")
    values = {"shown": shown, "chance": chance}
    return Check("sample_ratio", passed, key, values, refuses=planned is not None)


def _chance(counts: Numbers, shares: Numbers) -> float:
    """How likely counts as far off are: exact for two small arms, else chi-square."""
    expected = counts.sum() * shares
    if len(counts) == 2 and expected.min() < FEW_EXPECTED:
        at_least = binom.sf(counts[1] - 1, counts.sum(), shares[1])
        at_most = binom.cdf(counts[1], counts.sum(), shares[1])
        return float(min(1.0, 2 * min(at_least, at_most)))
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), len(counts) - 1))


def _chance_of_table(counts: Numbers) -> float:
    """How likely the columns of a table of counts differ as much; by draws where it has few."""
    found = chi2_contingency(counts, correction=False)
    if found.pvalue >= BY_CHANCE or found.expected_freq.min() >= FEW_EXPECTED:
        return float(found.pvalue)
    draws = MonteCarloMethod(n_resamples=DRAWS, rng=np.random.default_rng(0))
    return float(chi2_contingency(counts, correction=False, method=draws).pvalue)


def missing_outcomes(names: tuple[str, ...], arm: NDArray[np.intp], has_outcome: Flags) -> Check:
    """Whether outcomes are missing equally often in each arm; all of shape (n,)."""
    rows = np.bincount(arm, minlength=len(names)).astype(float)
    missing = np.bincount(arm, ~has_outcome, minlength=len(names))
    share = missing / rows
    if not missing.any():
        return Check("missing_outcomes", True, "outcomes_complete", refuses=True)
    chance = _chance_of_table(np.stack([missing, rows - missing]))
    differ = chance < BY_CHANCE and np.ptp(share) > NOTABLE_MISSING
    shown = ", ".join(f"{name} {own:.1%}" for name, own in zip(names, share, strict=True))
    key = "outcomes_missing_bad" if differ else "outcomes_missing"
    return Check("missing_outcomes", not differ, key, {"shown": shown}, refuses=True)


def arm_sizes(trial: Trial) -> Check:
    """Whether each arm has enough that was drawn by itself for an interval to hold."""
    clusters = clusters_of(trial)
    units = [len(np.unique(clusters.of[trial.arm == place])) for place in range(len(trial.arms))]
    passed = min(units) >= MIN_UNITS
    smallest = trial.arms[int(np.argmin(units))]
    values = {"arm": smallest, "units": min(units), "least": MIN_UNITS}
    return Check("arm_sizes", passed, "sizes" if passed else "sizes_bad", values, refuses=True)


def few_events(trial: Trial, events: Numbers) -> Check:
    """Whether each arm has events, and rows without one, enough for the usual intervals."""
    rows = np.bincount(trial.arm, minlength=len(trial.arms))
    own = np.bincount(trial.arm, events, minlength=len(trial.arms))
    fewest = np.minimum(own, rows - own)
    place = int(fewest.argmin())
    passed = bool(fewest[place] >= FEW_EVENTS)
    values = {"arm": trial.arms[place], "count": int(fewest[place]), "least": FEW_EVENTS}
    return Check("events", passed, "events" if passed else "events_bad", values)


def whole_clusters(trial: Trial) -> Check | None:
    """Whether those drawn together are in one arm; null where each row was drawn by itself."""
    if trial.cluster is None:
        return None
    clusters = clusters_of(trial)
    mixed = int((clusters.arm == MIXED).sum())
    values = {"count": clusters.count, "mixed": mixed}
    return Check("clusters", not mixed, "clusters_mixed" if mixed else "clusters", values)


def crossover(trial: Trial, received: NDArray[np.intp]) -> Check:
    """How many of each arm did not get it: an effect is then of being drawn, not of receiving."""
    of_control = trial.arm == 0
    crossed = float((received[of_control] != 0).mean())
    got = float((received[~of_control] == trial.arm[~of_control]).mean())
    values = {"crossed": crossed, "got": got}
    return Check("crossover", crossed == 0, "crossover" if crossed else "crossover_none", values)


def repeated_rows(rows: int, repeated: int, expected: int) -> Check:
    """Whether rows are copies of others; so many are `expected` where columns have few values."""
    passed = repeated <= expected
    key = "repeated_bad" if not passed else "repeated" if repeated else "repeated_none"
    return Check("repeated_rows", passed, key, {"count": repeated, "rows": rows})

"""A randomised test as rows: who was in which arm, how likely that was, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import TableRefused

Numbers = NDArray[np.float64]

SUM_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Trial:
    """The rows of one or of several randomised tests, of equal arms.

    `arms`: names of the arms, the first the control. `arm`: (n,) index into `arms`, of each row
    the arm that was drawn, whatever came of it. `propensity`: (n, arms) the probability with
    which each arm was drawn, each row adding up to 1. `outcome`: (n,) what counts, larger being
    better; 0 or 1 where it is an event. `worth`: (n,) the money that the outcome brought.
    `cost`: (n, arms) the money that each arm costs for the row, 0 for the control. `covariates`:
    (n, columns) known before the draw. `cluster`: (n,) who was drawn together; None where each
    row was drawn by itself. `stratum`: (n,) within which arms were drawn, or None.
    """

    arms: tuple[str, ...]
    arm: NDArray[np.intp]
    propensity: Numbers
    outcome: Numbers
    worth: Numbers
    cost: Numbers
    covariates: pd.DataFrame
    cluster: NDArray[np.intp] | None = None
    stratum: NDArray[np.intp] | None = None

    def __post_init__(self) -> None:
        """Check the shapes and that no probability is impossible.

        Raises `TableRefused`.
        """
        rows, arms = len(self.arm), len(self.arms)
        if arms < 2 or not rows:
            raise TableRefused(f"a test needs a control, another arm and rows; found {self.arms}")
        shapes: dict[str, tuple[Numbers | pd.DataFrame, tuple[int, ...]]] = {
            "propensity": (self.propensity, (rows, arms)),
            "outcome": (self.outcome, (rows,)),
            "worth": (self.worth, (rows,)),
            "cost": (self.cost, (rows, arms)),
            "covariates": (self.covariates, (rows, self.covariates.shape[1])),
        }
        for name, (values, shape) in shapes.items():
            if values.shape != shape:
                raise TableRefused(f"{name} has the shape {values.shape}, expected {shape}")
        drawn = self.propensity[np.arange(rows), self.arm]
        if not ((drawn > 0) & (drawn <= 1)).all() or (self.propensity < 0).any():
            raise TableRefused("a propensity lies outside 0 to 1, or is 0 for the arm drawn")
        if not np.allclose(self.propensity.sum(axis=1), 1, atol=SUM_TOLERANCE):
            raise TableRefused("the propensities of a row do not add up to 1")

    @property
    def profit(self) -> Numbers:
        """(n,) the money of each row, what its arm cost taken off."""
        return self.worth - self.cost[np.arange(len(self.arm)), self.arm]

    def rows(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> Trial:
        """The same test of some of its rows."""
        return replace(
            self,
            arm=self.arm[chosen],
            propensity=self.propensity[chosen],
            outcome=self.outcome[chosen],
            worth=self.worth[chosen],
            cost=self.cost[chosen],
            covariates=self.covariates.iloc[np.arange(len(self.arm))[chosen]],
            cluster=None if self.cluster is None else self.cluster[chosen],
            stratum=None if self.stratum is None else self.stratum[chosen],
        )


def equal_clusters(keys: Sequence[object]) -> NDArray[np.intp]:
    """(n,) a number for each different key, for `cluster` and `stratum`."""
    return np.asarray(pd.factorize(np.asarray(keys, dtype=object))[0], dtype=np.intp)

"""What may be offered to whom, what each would bring and cost, and the limits on all together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Arm:
    """One way to reach a customer with one offer."""

    offer: str
    channel: str


@dataclass(frozen=True)
class Options:
    """`n` options of `m` customers: a customer and an arm each; a customer's stand together.

    `customer`, shape (n,), is the customer's place from 0 to m - 1, ascending; `arm` the place in
    `arms`. `gain_fen` is the expected gain with all costs deducted, `cost_fen` the money committed.
    `groups` holds for each kind ("city", "store", "manager") the code of every customer, shape
    (m,), -1 without; a customer without options is allowed.
    Raises ValueError where the arrays do not fit each other.

    >>> Options.of([(0, 0, 90.0, 10), (1, 0, 50.0, 10)], (Arm("gift", "call"),)).customers
    2
    """

    customer: NDArray[np.int32]
    arm: NDArray[np.int16]
    gain_fen: NDArray[np.float64]
    cost_fen: NDArray[np.int64]
    arms: tuple[Arm, ...]
    groups: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, kind in TYPES.items():
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), kind))
            if getattr(self, name).shape != self.customer.shape:
                raise ValueError(
                    f"{name} has shape {getattr(self, name).shape}, customer "
                    f"{self.customer.shape}; expected one value an option"
                )
        groups = {kind: np.ascontiguousarray(one, np.int32) for kind, one in self.groups.items()}
        object.__setattr__(self, "groups", groups)
        self._check_values()

    @classmethod
    def of(
        cls,
        rows: list[tuple[int, int, float, int]],
        arms: tuple[Arm, ...],
        groups: Mapping[str, list[int]] | None = None,
    ) -> Options:
        """The options of rows of customer, arm, gain and cost."""
        columns = zip(*rows, strict=True) if rows else [[]] * len(TYPES)
        arrays = {
            name: np.array(list(column), kind)
            for (name, kind), column in zip(TYPES.items(), columns, strict=True)
        }
        codes = {kind: np.array(values, np.int32) for kind, values in (groups or {}).items()}
        return cls(**arrays, arms=arms, groups=codes)

    @property
    def customers(self) -> int:
        """How many customers there are, with options or, where there are groups, without."""
        known = [len(codes) for codes in self.groups.values()]
        return known[0] if known else int(self.customer[-1]) + 1 if len(self.customer) else 0

    def _check_values(self) -> None:
        steps = np.diff(self.customer)
        if len(self.customer) and (self.customer[0] < 0 or (steps < 0).any()):
            raise ValueError("customer is not ascending from 0; sort the options by customer")
        if len(self.arm) and not 0 <= self.arm.min() <= self.arm.max() < len(self.arms):
            raise ValueError(f"arm has a value outside of the {len(self.arms)} arms")
        if not np.isfinite(self.gain_fen).all():
            raise ValueError("gain_fen has values that are not finite")
        if (self.cost_fen < 0).any():
            raise ValueError("cost_fen has negative values; what comes back belongs in gain_fen")
        least = int(self.customer[-1]) + 1 if len(self.customer) else 0
        for kind, codes in self.groups.items():
            if len(codes) != self.customers or len(codes) < least:
                raise ValueError(
                    f"groups[{kind!r}] has {len(codes)} codes; expected one a customer"
                )


TYPES = {"customer": np.int32, "arm": np.int16, "gain_fen": np.float64, "cost_fen": np.int64}


@dataclass(frozen=True)
class Limits:
    """What all chosen options may cost, and how many contacts each channel and group may have.

    What is not named has no limit. `groups` is by kind and code. Raises ValueError for a negative
    limit.

    >>> Limits(budget_fen=-1)
    Traceback (most recent call last):
    ValueError: budget: found -1, expected at least 0
    """

    budget_fen: int | None = None
    channels: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, Mapping[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = {"budget": self.budget_fen or 0, **self.channels}
        named |= {f"{kind} {code}": most for kind, one in self.groups.items()
                  for code, most in one.items()}  # fmt: skip
        for name, most in named.items():
            if most < 0:
                raise ValueError(f"{name}: found {most}, expected at least 0")


@dataclass(frozen=True)
class Multipliers:
    """What a fen of budget, or a contact of a channel or group, is good for at the limits, in fen.

    It lies between what one more of it would bring and what one less would cost. At least
    0; 0 where a limit does not bind. With any such numbers the limits times their multipliers plus
    each customer's largest gain net of multipliers is a bound, so that they prove how good a
    choice is.
    """

    budget: float
    channels: Mapping[str, float]
    groups: Mapping[str, Mapping[int, float]]

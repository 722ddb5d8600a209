"""What the rules of contact look at: facts of some customers at one moment, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Texts = NDArray[np.object_]

SINCE_EVER = 1 << 30  # days; of an amount of which no age is known


@dataclass(frozen=True)
class Facts:
    """One element a customer. `contacts`: commercial ones in the window, of every channel.

    `held_by`: the campaign that holds the customer, "" where none does; `is_control`: as one of its
    control group. `overdue_days`: of the oldest overdue bill, 0 without one.
    """

    customer_ids: Texts
    consent: Flags
    objection: Flags
    universal_holdout: Flags
    eligible: Flags
    has_bill: Flags
    open_complaint: Flags
    open_promise: Flags
    broken_promise: Flags
    contacts: Counts
    held_by: Texts
    is_control: Flags
    overdue_fen: Counts
    overdue_days: Counts
    cancel_requested: Flags

    def __len__(self) -> int:
        return len(self.customer_ids)

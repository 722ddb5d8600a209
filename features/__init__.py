"""Raw feeds in, point-in-time features out; this package knows nothing of models.

Read the files in the order in which a late bill travels:

1. `feeds`      what a bill is: its columns, its key, its two clocks, the rules it must keep
2. `imports`    the operator's extract, one SQL query a feed, checked; bad rows quarantined
3. `lake`       the checked fact is appended, never changed; a correction is a later version
4. `histories`  of each bill the version known at the requested moment (`histories.bills.billing`;
   `histories.usage`, `.complaints`, `.contracts` and `.contacts` are alike)
5. `catalogue`  the features computed from it, one declared line each
6. `windows`    the only place that joins on time
7. `builder`    one row a customer and date: the panel, the nightly base and the counter alike

Two clocks stand on every fact: `event_time`, when it happened, and `known_at`, when the
operator learned it. At `as_of` a fact counts if both lie before `as_of`. So a bill issued in
March and learned in April does not exist for any feature dated March, however often March
is computed again.

All times are the operator's local time (`settings.timezone`), without an offset.

In a notebook: `features.history` and `features.matrix`, pandas DataFrames of a home (`notebook`).
"""

from __future__ import annotations

import typing as _typing

if _typing.TYPE_CHECKING:
    from features.notebook import history, matrix

__all__ = ["history", "matrix"]


def __getattr__(name: str) -> _typing.Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Loaded at its first use: a caller of an error or a setting does not wait for a database.
    from features import notebook

    return getattr(notebook, name)


def __dir__() -> list[str]:
    """What a notebook completes: the functions, not what this file imports."""
    return sorted(__all__)

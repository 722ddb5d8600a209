"""The kinds of model: what differs between them, in one object of a bundle.

`base` is a model of the operator's customers, `table` one of a table of the user's own. Whatever
has a bundle calls its `kind`; a further kind is one class, and one entry of `KINDS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.columns import TableColumn
from training.models.kinds.base import BaseCustomers
from training.models.kinds.table import TableModel


class Kind(Protocol):
    """What prepares rows for a model, whose calibration counts, and what more is written.

    `written_as` is its name in bundle.json, `remedy` what a refusal advises where the registry
    has no copy, `columns` those of the rows that it reads otherwise than as they stand.
    """

    written_as: ClassVar[str]
    remedy: ClassVar[str]

    @property
    def columns(self) -> Sequence[TableColumn]: ...

    def prepare(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows as the model's features. Raises TableRefused."""
        ...

    def modes(self, rows: pd.DataFrame) -> NDArray[np.object_]:
        """The name of the calibration curve of each row, shape (n,)."""
        ...

    def to_json(self) -> dict[str, Any]:
        """What stands in bundle.json of this kind alone."""
        ...

    @classmethod
    def from_json(cls, description: Mapping[str, Any], /) -> Self:
        """The kind that wrote this bundle.json. Raises KeyError or TypeError."""
        ...


KINDS: Mapping[str, type[Kind]] = {kind.written_as: kind for kind in (BaseCustomers, TableModel)}

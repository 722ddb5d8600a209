"""The operator's customers: rows of features of the catalogue, calibrated by payment mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.columns import TableColumn


@dataclass(frozen=True)
class BaseCustomers:
    """The kind (`training.models.kinds.Kind`) whose rows are read as they stand."""

    written_as: ClassVar[str] = "base"
    remedy: ClassVar[str] = "roll back with `liuke rollback`"

    @property
    def columns(self) -> tuple[TableColumn, ...]:
        return ()

    def prepare(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows

    def modes(self, rows: pd.DataFrame) -> NDArray[np.object_]:
        return rows["payment_mode"].to_numpy(dtype=object)

    def to_json(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_json(cls, _: Mapping[str, Any], /) -> Self:
        return cls()

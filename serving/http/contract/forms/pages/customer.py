"""What the address of the customer page holds."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from serving.http.contract.forms.customer import RowId
from serving.http.contract.forms.decide import Name

MONTHS = ("3", "6", "12")


class CustomerPageQuery(BaseModel):
    """Why the customer is looked at, how many months are shown, which two rows are compared."""

    model_config = ConfigDict(extra="forbid")

    purpose: Name | None = None
    months: Literal["3", "6", "12"] = "12"
    since: RowId | None = None
    until: RowId | None = None

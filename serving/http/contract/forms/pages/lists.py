"""The fields of forms about lists."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from serving.http.contract.forms.lists import LONGEST
from serving.http.contract.forms.outcomes import Key

CAPACITY = "capacity."  # before KIND.NAME
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)]


def _several(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Texts = Annotated[list[Text], BeforeValidator(_several), Field(max_length=100)]
Share = Annotated[float, Field(ge=0, le=100)]


class WhomFields(BaseModel):
    """Whom a list is for; shares in per cent, amounts in the currency's unit.

    Capacities follow as `capacity.KIND.NAME`. Other fields are refused.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str]

    key: Key
    name: Text | None = None
    city: Texts = []
    value_tier: Texts = []
    payment_mode: Texts = []
    risk_from: Share | None = None
    risk_to: Share | None = None
    value_from: Annotated[float, Field(ge=0)] | None = None
    contract_within: Annotated[int, Field(ge=0, le=9999)] | None = None
    tenure_from: Annotated[int, Field(ge=0, le=99999)] | None = None
    view: Text | None = None
    budget: Annotated[float, Field(ge=0)] | None = None
    size: Annotated[int, Field(ge=1)] | None = None
    control: Share = 10
    ranking: Text | None = None
    offers: Texts = []
    days: Annotated[int, Field(ge=1, le=366)] = 14
    expires: Text | None = None

    @model_validator(mode="after")
    def _only_capacities(self) -> Self:
        for name in self.__pydantic_extra__:
            if not name.startswith(CAPACITY) or name.count(".") != 2:
                raise ValueError(f"there is no field {name[:64]!r}")
        return self

    def capacity(self) -> dict[str, dict[str, int]]:
        """By kind and name. Raises ValueError for what is not a whole number."""
        found: dict[str, dict[str, int]] = {}
        for name, value in self.__pydantic_extra__.items():
            _, kind, own = name.split(".")
            found.setdefault(kind, {})[own] = int(value)
        return found

    def conditions(self) -> dict[str, str | list[str] | float]:
        """The filter, by the fields of the base."""
        own: dict[str, str | list[str] | float | None] = {
            "city": self.city or None,
            "value_tier": self.value_tier or None,
            "payment_mode": self.payment_mode or None,
            "churn_risk_min": _share(self.risk_from),
            "churn_risk_max": _share(self.risk_to),
            "value_at_stake_min": self.value_from,
            "days_to_contract_end_max": self.contract_within,
            "tenure_days_min": self.tenure_from,
        }
        return {name: value for name, value in own.items() if value is not None}


def _share(percent: float | None) -> float | None:
    return None if percent is None else round(percent / 100, 6)


class NewListQuery(BaseModel):
    """Which list the form begins as, and with which budget."""

    model_config = ConfigDict(extra="forbid")

    like: Text | None = None
    budget: Annotated[float, Field(ge=0)] | None = None


class CustomersQuery(BaseModel):
    """Which group of a list, and from which customer on."""

    model_config = ConfigDict(extra="forbid")

    arm: Literal["treated", "control"] = "treated"
    offset: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class WhyFields(BaseModel):
    """About whom."""

    model_config = ConfigDict(extra="forbid")

    customer: Text


class FileFields(BaseModel):
    """Who gets the file, in which form, until when."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    recipient: Text
    format: Literal["csv", "xlsx"] = "csv"
    days: Annotated[int, Field(ge=1, le=366)] = 14
    phones: bool = False

"""The forms of churned customers and of groups, with examples for the contract."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from serving.http.contract.forms.managers.days import Day

Value = Annotated[str, Field(min_length=1, max_length=64)]


class ChurnedQuery(BaseModel):
    """The departures in [from, to), and of which customers."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    since: Day | None = Field(None, alias="from", description="The first day; else six months.")
    until: Day | None = Field(
        None, alias="to", description="The day after the last; else as far as all are known."
    )
    by: Value = Field("kind", description="What is followed by month, such as reason or city.")
    tier: Value | None = Field(None, description="Of this value tier alone.")
    payment_mode: Value | None = Field(None, description="Of this payment mode alone.")
    tenure: Value | None = Field(None, description="So long in the network alone.")
    brand: Value | None = Field(None, description="Of this brand alone.")
    city: Value | None = Field(None, description="Of this city alone.")

    @property
    def only(self) -> dict[str, str]:
        """Which customers alone, by dimension."""
        named = {name: getattr(self, name) for name in FILTERS}
        return {name: value for name, value in named.items() if value is not None}


FILTERS = ("tier", "payment_mode", "tenure", "brand", "city")


class ChurnedPart(BaseModel):
    """A reason or direction: how many left so, and their share."""

    name: str
    churned: int
    share: float


class ChurnedGroup(BaseModel):
    """A group of customers: how many left, their share, its base, its rate with its interval."""

    name: str
    churned: int
    share: float | None
    customers: int
    monthly_rate: float | None
    low: float | None
    high: float | None


class ChurnedMonth(BaseModel):
    """How many left in a month, named by its first day, of one name of `by`."""

    month: str
    name: str
    churned: int


class ChurnedAnswer(BaseModel):
    """Who churned in [from, to): reason, direction, composition, and how it went by month.

    `known_from` and `known_to`: between which days all departures are known. `choices`: what a
    query can choose by, whatever this one has chosen.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    since: str = Field(alias="from")
    until: str = Field(alias="to")
    known_at: str
    known_from: str
    known_to: str
    churned: int
    customers: int
    monthly_rate: float | None
    reason: list[ChurnedPart]
    direction: list[ChurnedPart]
    composition: dict[str, list[ChurnedGroup]]
    choices: dict[str, list[str]]
    by: str
    months: list[ChurnedMonth]


class GroupsQuery(BaseModel):
    """Whose groups."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the customers are looked at.")
    manager_id: Value | None = Field(None, description="Of this account manager.")


class OneGroup(BaseModel):
    """A group: its size, tier and revenue, and how many of its members may leave or left lately.

    `share_members` is of the group's people, null where these are not known.
    """

    group_id: str
    manager_id: str | None
    members: int
    share_members: float | None
    members_gone: int
    tier: str
    revenue: float
    members_at_risk: int
    share_at_risk: float
    expected_loss: float | None


class GroupsAnswer(BaseModel):
    """The groups at last night, the one with the most to lose first. Amounts are in `currency`."""

    as_of: str
    currency: str
    groups: list[OneGroup]


PART: dict[str, Any] = {"name": "price", "churned": 242, "share": 0.081}
CHURNED: dict[str, Any] = {
    "from": "2025-08-01",
    "to": "2026-01-29",
    "known_at": "2026-03-02",
    "known_from": "2024-04-01",
    "known_to": "2026-01-29",
    "churned": 2977,
    "customers": 20427,
    "monthly_rate": 0.0358,
    "reason": [PART],
    "direction": [{"name": "Rival South", "churned": 346, "share": 0.116}],
    "composition": {
        "city": [
            {
                "name": "Suzhou", "churned": 645, "share": 0.217, "customers": 4266,
                "monthly_rate": 0.0372, "low": 0.0344, "high": 0.0402,
            }
        ]
    },
    "choices": {"city": ["Suzhou"], "payment_mode": ["postpaid", "prepaid"]},
    "by": "kind",
    "months": [{"month": "2025-08-01", "name": "ported", "churned": 171}],
}  # fmt: skip
GROUPS: dict[str, Any] = {
    "as_of": "2026-03-02",
    "currency": "CNY",
    "groups": [
        {
            "group_id": "G00125", "manager_id": "M05", "members": 14, "share_members": None,
            "members_gone": 3, "tier": "silver", "revenue": 1416.13, "members_at_risk": 1,
            "share_at_risk": 0.0714, "expected_loss": 782.68,
        }
    ],
}  # fmt: skip
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "churned": (None, CHURNED),
    "groups": (None, GROUPS),
}

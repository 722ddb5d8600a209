"""The forms of retention lists: requests, what is said of them, exports."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from serving.http.contract.forms.outcomes import Key
from serving.http.contract.schemas import LocalTime
from serving.retention.selection.request import ListRequest

LONGEST = 64
ONCE = "The caller's own: sent twice it is requested once."


class ListForm(BaseModel):
    """What a list is wanted for; amounts in the currency's unit.

    `capacity` by kind (channel, city, store, manager) and name, `each` for those not named;
    `filter` by the fields of docs/base.md. Without a `seed` one is drawn; the answer has it.
    """

    model_config = ConfigDict(extra="forbid")

    purpose: str = Field(max_length=LONGEST, examples=["retention"])
    owner: str = Field(max_length=LONGEST, examples=["lin"])
    expires: str = Field(max_length=10, examples=["2026-04-30"])
    name: str = Field(default="", max_length=LONGEST)
    budget: float | None = None
    size: int | None = None
    days: int = ListRequest.days
    ranking: str = Field(default=ListRequest.ranking, max_length=LONGEST)
    control_share: float = ListRequest.control_share
    trial_share: float = ListRequest.trial_share
    seed: int | None = None
    offers: list[str] = Field(default=[], max_length=100)
    view: str = Field(default="", max_length=LONGEST)
    capacity: dict[str, dict[str, int]] = Field(default={}, max_length=4)
    filter: dict[str, Any] = Field(default={}, max_length=100)
    key: Key | None = Field(default=None, description=ONCE)


class ListAnswer(BaseModel):
    """One campaign: its state (requested, running, ready, failed, revoked), and its list once made.

    `progress` from 0 to 1; `error` says why none came; `result` holds the counts by step, the
    expected gain with its interval, the gap, the control group and its power.
    """

    id: str
    state: str
    purpose: str
    owner: str
    requested_by: str
    request: dict[str, Any]
    created_at: LocalTime
    expires_at: LocalTime
    seed: int
    progress: float
    error: str | None
    result: dict[str, Any] | None
    revoked_at: LocalTime | None


class ListsAnswer(BaseModel):
    """The latest campaigns, the newest first."""

    lists: list[ListAnswer]


class CurveAnswer(BaseModel):
    """Gain against spend in the currency's unit: points, the stop line, the requested budget."""

    points: list[dict[str, float]]
    error: float
    bar: float
    stop: dict[str, float]
    budget: dict[str, float | None] | None


class WhyAnswer(BaseModel):
    """Why a customer is on the list, or why not; `text` says it in a sentence."""

    customer_id: str
    answer: str
    rule: str | None
    rank: int | None
    offer: str | None
    channel: str | None
    gain: float | None
    missing: float | None
    text: str


class RevokedAnswer(BaseModel):
    """The campaign that ended, and how many customers it had held."""

    id: str
    released: int


class ExportForm(BaseModel):
    """A file of the list for a recipient, until it expires."""

    model_config = ConfigDict(extra="forbid")

    recipient: str = Field(min_length=1, max_length=LONGEST, examples=["call centre Foshan"])
    format: Literal["csv", "xlsx"] = "csv"
    days: int = Field(default=14, ge=1, le=366, strict=True)
    phones: StrictBool = False
    key: Key | None = Field(default=None, description=ONCE)


class ExportAnswer(BaseModel):
    """An export: `waiting` for a second person where `needs_approval`, else it can be fetched.

    `phones`: whether the file has phone numbers; who approves it approves that. `sha256` is the
    digest of the file that was fetched last, empty before.
    """

    id: str
    list_id: str
    state: str
    rows: int
    recipient: str
    file: str
    phones: bool
    expires_at: LocalTime
    needs_approval: bool
    approved_by: str | None
    requested_by: str
    requested_at: LocalTime
    sha256: str


REQUEST = {
    "purpose": "retention", "owner": "lin", "expires": "2999-12-31", "name": "Spring",
    "budget": 60000.0, "control_share": 0.1, "seed": 7, "capacity": {"channel": {"hotline": 800}},
    "filter": {"churn_risk_min": 0.02},
}  # fmt: skip
LIST_ID = "9f86d081884c7d659a2feaa0c55ad015"
EXPORT_ID = "5f0c22a8d1b0e7c45f0c22a8d1b0e7c4"
LIST: dict[str, Any] = {
    "id": LIST_ID, "state": "ready", "purpose": "retention", "owner": "lin",
    "requested_by": "k1", "request": REQUEST, "created_at": "2026-03-02T06:00:00",
    "expires_at": "2999-12-31T00:00:00", "seed": 7, "progress": 1.0, "error": None,
    "result": {"listed": 1840, "control": 201, "gap": 0.00001}, "revoked_at": None,
}  # fmt: skip
WHY = {
    "customer_id": "C0012345", "answer": "below_line", "rule": None, "rank": None,
    "offer": "data_bonus", "channel": "hotline", "gain": 1.2, "missing": 0.4,
    "text": "not on the list: below the line.",
}  # fmt: skip
CURVE = {
    "points": [{"spend": 0.0, "gain": 0.0, "marginal": 3.1}], "error": 0.0, "bar": 0.0,
    "stop": {"spend": 91000.0, "gain": 15300.0},
    "budget": {"spend": 60000.0, "gain": 13400.0, "marginal": 0.11},
}  # fmt: skip
EXPORT = {
    "id": EXPORT_ID, "list_id": LIST_ID, "state": "waiting", "rows": 1840,
    "recipient": "call centre Foshan", "file": "list-9f86d081.csv",
    "phones": False,
    "expires_at": "2026-03-16T06:00:00", "needs_approval": True, "approved_by": None,
    "requested_by": "lin", "requested_at": "2026-03-02T06:00:00", "sha256": "",
}  # fmt: skip
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "requestList": (REQUEST, LIST),
    "lists": (None, {"lists": [LIST]}),
    "showList": (None, LIST),
    "listCurve": (None, CURVE),
    "whyListed": (None, WHY),
    "revokeList": (None, {"id": LIST_ID, "released": 2041}),
    "requestExport": ({"recipient": "call centre Foshan"}, EXPORT),
    "approveExport": (None, EXPORT | {"approved_by": "wang", "needs_approval": False}),
}

"""The forms of searching the audit."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from serving.http.contract.schemas import LocalTime

LONGEST_NUMBER = 2**63 - 1
Text = Annotated[str, Field(min_length=1, max_length=128)]


class AuditQuery(BaseModel):
    """Which rows of the audit: those that are all of this. Times are the operator's local time."""

    model_config = ConfigDict(extra="forbid")

    customer: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="Rows about this customer.", examples=["C0012345"]
    )
    caller: Text | None = Field(default=None, description="The id of a key or of a person.")
    route: Text | None = Field(
        default=None, description="A path of this contract.", examples=["/score"]
    )
    for_purpose: Text | None = Field(default=None, description="The purpose of the request.")
    code: Text | None = Field(default=None, description="The code of a refusal.")
    since: LocalTime | None = Field(
        default=None, alias="from", description="Not before.", examples=["2026-03-02T09:00:00"]
    )
    until: LocalTime | None = Field(default=None, alias="to", description="Before.")
    before: Annotated[int, Field(ge=1, le=LONGEST_NUMBER)] | None = Field(
        default=None, description="Rows with a lower number: `next` of the page before."
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="Rows a page.")


class AuditRow(BaseModel):
    """One request: who sent it, what it was for, how it ended, and about how many customers."""

    number: int
    at: LocalTime
    request_id: str
    caller: str | None
    role: str | None
    method: str
    route: str
    purpose: str | None
    status: int
    code: str
    subjects: int
    detail: dict[str, Any]


class AuditAnswer(BaseModel):
    """Rows, the newest first; `next` is `before` of the next page, null on the last one."""

    rows: list[AuditRow]
    next: int | None

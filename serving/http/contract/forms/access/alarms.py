"""The forms of reading the alarms."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from serving.http.contract.schemas import LocalTime


class AlarmQuery(BaseModel):
    """Which alarms: the newest, or those before one."""

    model_config = ConfigDict(extra="forbid")

    before: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(
        default=None, description="Alarms with a lower id: `next` of the page before."
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="Alarms a page.")


class AlarmRow(BaseModel):
    """What an auditor should look at: who raised it, and what was found."""

    id: int
    at: LocalTime
    kind: str
    caller: str
    detail: dict[str, Any]


class AlarmAnswer(BaseModel):
    """Alarms, the newest first; `next` is `before` of the next page, null on the last one."""

    alarms: list[AlarmRow]
    next: int | None

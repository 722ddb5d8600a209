"""The fields of the pages about the business: left customers, groups, analyses, the board."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from serving.decision.sign_owners import LONGEST_NOTE
from serving.http.contract.forms.business.archive import FILTERS
from serving.http.contract.forms.business.board import Place
from serving.http.contract.forms.managers.days import Day
from serving.http.contract.forms.outcomes import Id


def _or_null(value: Any) -> Any:
    """A field of a form that was left empty."""
    return None if value == "" else value


Chosen = Annotated[Annotated[str, Field(max_length=64)] | None, BeforeValidator(_or_null)]
ChosenDay = Annotated[Day | None, BeforeValidator(_or_null)]


class _Page(BaseModel):
    """`numbers`: as a file."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)

    numbers: bool = False


class _Period(_Page):
    since: ChosenDay = Field(default=None, alias="from")
    until: ChosenDay = Field(default=None, alias="to")


class LeftQuery(_Period):
    """Which departures, followed by what over the months."""

    by: Annotated[str, Field(max_length=64)] = "kind"
    tier: Chosen = None
    payment_mode: Chosen = None
    tenure: Chosen = None
    brand: Chosen = None
    city: Chosen = None

    @property
    def wanted(self) -> dict[str, Any]:
        """As the operation takes it."""
        only = {name: getattr(self, name) for name in FILTERS}
        days = {"from": self.since, "to": self.until}
        return {name: own for name, own in (days | only).items() if own is not None} | {
            "by": self.by
        }


class GroupListQuery(_Page):
    """Whose groups, in which order."""

    manager_id: Chosen = None
    sort: Literal["loss", "share", "members", "gone", "revenue"] = "loss"
    offset: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class FiguresQuery(_Period):
    """Which analysis, by what, of which periods."""

    name: Annotated[str, Field(max_length=64)] = "development"
    by: Chosen = None
    every: Literal["month", "week", "whole"] = "month"

    @property
    def wanted(self) -> dict[str, Any]:
        """As the operation takes it."""
        values = {"from": self.since, "to": self.until, "by": self.by, "every": self.every}
        return {name: own for name, own in values.items() if own is not None}


class BoardQuery(_Page):
    """Which group of signs is open, and whether the promises are the file."""

    sign: Chosen = None
    promises: bool = False
    offset: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class KeptFields(BaseModel):
    """The promise that is kept."""

    model_config = ConfigDict(extra="forbid")

    kept: Id


class OwnerFields(BaseModel):
    """Who sees to a sign where until when; `where` is everywhere, or as `city:Suzhou`."""

    model_config = ConfigDict(extra="forbid")

    where: Annotated[str, StringConstraints(pattern=r"^(city|plan):.{1,64}$")] | None = None
    owner: Place | None = None
    due: Day | None = None
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] = ""

"""The fields of the base page's forms; its address holds a search, as the API's does."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from serving.http.contract.forms.decide import Name
from serving.http.contract.forms.managers.batches import Mark
from serving.http.contract.forms.managers.days import Day
from serving.http.contract.forms.managers.tasks import Written
from serving.http.contract.forms.outcomes import Key

ViewName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Query = Annotated[str, StringConstraints(max_length=8_000)]


class ViewFields(BaseModel):
    """The name that a search is kept under, and the search as the page's address has it."""

    model_config = ConfigDict(extra="forbid")

    name: ViewName
    search: Query = ""


class ForgetFields(BaseModel):
    """The view that is forgotten, and the search that the page goes on with."""

    model_config = ConfigDict(extra="forbid")

    name: ViewName
    search: Query = ""


class ActFields(BaseModel):
    """What is done for whom: the search as an address has it, and the task or the reminder."""

    model_config = ConfigDict(extra="forbid")

    search: Query = ""
    purpose: Name | None = None
    action: Literal["issue", "remind"]
    kind: Name | None = None
    text: Written
    due: Day | None = None


class ActOrderFields(ActFields):
    """What the preview with this mark showed."""

    mark: Mark
    key: Key

"""The fields of the base page's forms; its address holds a search, as the API's does."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

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

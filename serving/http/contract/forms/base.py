"""Searches of the base, their answers, and saved views."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from serving.customers.fields import FIELDS
from serving.customers.fields import Field as BaseField

LONGEST_NAME = 64


class Searching(BaseModel):
    """What can follow the question mark; the grammar refuses what it does not know, by name."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str]

    purpose: str | None = Field(None, description="Why the customers are looked up.")
    sort: str | None = Field(None, description="Fields, `-` before one for the highest first.")
    columns: str | None = Field(None, description="The fields to show, separated by commas.")

    def texts(self) -> dict[str, str]:
        """The search as the grammar reads it: what was given, by name."""
        return self.model_dump(exclude={"purpose"}, exclude_none=True)


class Paging(Searching):
    by: str | None = Field(None, description="The fields to count by, separated by commas.")
    limit: str | None = Field(None, description="How many customers, 1 to 500; 50 without it.")
    after: str | None = Field(None, description="The mark that the page before gave.")


def _conditions() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for own in FIELDS.values():
        found[own.name] = _parameter(f"{own.en}: any of these, separated by commas")
        if own.is_number:
            found[f"{own.name}_min"] = _parameter(f"{own.en}{_unit(own)}: from here on")
            found[f"{own.name}_max"] = _parameter(f"{own.en}{_unit(own)}: up to and with")
    return found


def _parameter(text: str) -> Any:
    return str | None, Field(None, description=text)


def _unit(own: BaseField) -> str:
    return f" ({own.unit})" if own.unit else ""


SearchQuery: type[Paging] = create_model("SearchQuery", __base__=Paging, **_conditions())
ExportQuery: type[Searching] = create_model("ExportQuery", __base__=Searching, **_conditions())


class SearchAnswer(BaseModel):
    """A page of the customers whom a search finds, and how many there are in all.

    `after` is the mark of the next page, null at the end. `breakdown`: the counts by the fields of
    `by`, each with its values and `customers`; `more_groups` says whether there are more groups.
    Amounts are in `currency`.
    """

    as_of: str
    currency: str
    count: int
    customers: list[dict[str, Any]]
    after: str | None
    breakdown: list[dict[str, Any]] | None
    more_groups: bool


class ViewForm(BaseModel):
    """A search to keep: its parameters by name, without `after`."""

    model_config = ConfigDict(extra="forbid")
    search: dict[str, str] = Field(max_length=100)


class View(BaseModel):
    """A saved view of the caller's own."""

    name: str
    search: dict[str, str]
    changed_at: str


class DeletedView(BaseModel):
    """The name of the view that is forgotten."""

    name: str


class ViewsAnswer(BaseModel):
    """The caller's views, by name."""

    views: list[View]

"""The fields of the pages of those who check: models and data, the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from serving.http.contract.forms.access.audit import LONGEST_NUMBER
from serving.http.contract.forms.outcomes import Id
from serving.http.contract.forms.pages.business import Chosen, _or_null

Moment = Annotated[datetime | None, BeforeValidator(_or_null), Field(default=None)]
Decision = Annotated[Id, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z_-]+$")]


class ModelsPageQuery(BaseModel):
    """Which version is looked at, else the champion; `numbers`: all figures as a file."""

    model_config = ConfigDict(extra="forbid")

    version: Chosen = None
    numbers: bool = False


class AuditLogQuery(BaseModel):
    """Which rows of the audit; `numbers`: as a file."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)

    customer: Chosen = None
    caller: Chosen = None
    route: Annotated[str | None, Field(max_length=128), BeforeValidator(_or_null)] = None
    for_purpose: Chosen = None
    code: Chosen = None
    since: Moment = Field(None, alias="from")
    until: Moment = Field(None, alias="to")
    before: Annotated[int, Field(ge=1, le=LONGEST_NUMBER)] | None = None
    numbers: bool = False


class VerificationFields(BaseModel):
    """To begin again, or to ask how far it is."""

    model_config = ConfigDict(extra="forbid")

    again: bool = False


class ReplayFields(VerificationFields):
    """The decision that is made again."""

    decision: Decision

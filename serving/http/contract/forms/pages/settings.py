"""The fields of the pages of settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from serving.changes.subjects import NAME
from serving.http.contract.forms.business.settings import Written
from serving.http.contract.forms.outcomes import Key

SubjectName = Literal[
    "offers", "limits", "words", "promises", "reasons",
    "list_offers", "channels", "contact_rules", "risk", "doubt",
]  # fmt: skip
NewName = Annotated[str, StringConstraints(strip_whitespace=True, pattern=rf"^{NAME}$")]
Text = Annotated[str, StringConstraints(max_length=8_000)]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class SettingsPageQuery(BaseModel):
    """Which subject, and how many changes of the history are passed over."""

    model_config = ConfigDict(extra="forbid")

    subject: SubjectName = "offers"
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class EntryQuery(BaseModel):
    """`new`: a new entry like this one."""

    model_config = ConfigDict(extra="forbid")

    new: bool = False


class EntryFields(BaseModel):
    """An entry as it is to be: each value by its name, beside why; `name`: of a new one."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[list[Text], BeforeValidator(_as_list)]]

    key: Key
    why: Written
    name: NewName | None = None


class ChangeStep(BaseModel):
    """What is done with a change: accepted, ended, or proposed the other way round."""

    model_config = ConfigDict(extra="forbid")

    step: Literal["accept", "decline", "back"]
    key: Key
    text: Written | None = None

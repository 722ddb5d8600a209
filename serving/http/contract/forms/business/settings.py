"""The forms of settings that people change, with examples for the contract."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from serving.changes.proposals import MAX_EDITS
from serving.http.contract.forms.outcomes import Key

LONGEST_WHY = 500
Written = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_WHY)
]
State = Literal["waiting", "accepted", "declined", "withdrawn"]


class SettingEntry(BaseModel):
    """An entry, such as an offer: what is in force, what was shipped, which keys differ."""

    key: str
    values: dict[str, Any]
    shipped: dict[str, Any] | None
    changed: list[str]


class SettingSubject(BaseModel):
    """The entries of a subject. `grows`: entries may be added."""

    name: str
    file: str
    grows: bool
    entries: list[SettingEntry]


class SettingsAnswer(BaseModel):
    """The settings in force that people may change.

    `fingerprint`: of all settings of the decision, as each decision keeps it. `problem`: why the
    home's file cannot be read now, so that those before stay in force; null where it can.
    `by_file`: the file was changed by other means since the last change that was accepted here.
    """

    fingerprint: str
    problem: str | None
    by_file: bool
    waiting: int
    subjects: list[SettingSubject]


class SettingEdit(BaseModel):
    """A key and what it is to hold: null is as shipped, or not at all where nothing is shipped."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, StringConstraints(min_length=3, max_length=128)]
    value: Any = None


class ChangeRequest(BaseModel):
    """A change of one subject. Other fields are refused."""

    model_config = ConfigDict(extra="forbid")

    edits: list[SettingEdit] = Field(min_length=1, max_length=MAX_EDITS)
    why: Written
    key: Key | None = Field(
        default=None, description="The caller's own: sent twice it is proposed once."
    )


class DeclineRequest(BaseModel):
    """Why a change is not accepted. Other fields are refused."""

    model_config = ConfigDict(extra="forbid")

    note: Written | None = None


class EditAnswer(BaseModel):
    """A key, what it held when the change was proposed, and what it was to hold."""

    key: str
    was: Any
    wanted: Any


class ChangeAnswer(BaseModel):
    """A change. `before` and `after`: fingerprints of the settings without and with it."""

    change_id: str
    subject: str
    edits: list[EditAnswer]
    why: str
    state: State
    proposed_by: str
    proposed_at: str
    decided_by: str | None
    decided_at: str | None
    note: str | None
    before: str
    after: str


class ChangesQuery(BaseModel):
    """Which changes."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = Field(None, description="In this state alone.")
    limit: Annotated[int, Field(ge=1, le=200)] = Field(50, description="Changes a page.")
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = Field(0, description="Passed over.")


class ChangesAnswer(BaseModel):
    """A page of changes, the latest first; `count` is of all."""

    count: int
    changes: list[ChangeAnswer]


_CHANGE: dict[str, Any] = {
    "change_id": "5f0c22a8d1b0e7c45f0c22a8",
    "subject": "limits",
    "edits": [{"key": "limits.clerk.gold", "was": 60.0, "wanted": 80.0}],
    "why": "Gold customers were lost for 20 CNY",
    "state": "waiting",
    "proposed_by": "lin",
    "proposed_at": "2026-03-02T09:00:00",
    "decided_by": None,
    "decided_at": None,
    "note": None,
    "before": "0f3a52c1b9d8e764",
    "after": "9be1c02f47aa3d15",
}
_ENDED = {"decided_by": "wang", "decided_at": "2026-03-02T10:00:00"}
_LIMITS = {"standard": 20.0, "silver": 40.0, "gold": 80.0, "diamond": 100.0}
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "settings": (
        None,
        {
            "fingerprint": "9be1c02f47aa3d15",
            "problem": None,
            "by_file": False,
            "waiting": 0,
            "subjects": [
                {
                    "name": "limits",
                    "file": "decision",
                    "grows": False,
                    "entries": [
                        {
                            "key": "limits.clerk",
                            "values": _LIMITS,
                            "shipped": _LIMITS | {"gold": 60.0},
                            "changed": ["gold"],
                        }
                    ],
                }
            ],
        },
    ),
    "settingChanges": (None, {"count": 1, "changes": [_CHANGE]}),
    "proposeChange": (
        {
            "edits": [{"key": "limits.clerk.gold", "value": 80.0}],
            "why": "Gold customers were lost for 20 CNY",
        },
        _CHANGE,
    ),
    "acceptChange": (None, _CHANGE | _ENDED | {"state": "accepted"}),
    "declineChange": (
        {"note": "Not before the campaign ends"},
        _CHANGE | _ENDED | {"state": "declined", "note": "Not before the campaign ends"},
    ),
}

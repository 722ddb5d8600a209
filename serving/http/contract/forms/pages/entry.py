"""The fields of signing in, and of what people see pages in."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from features.words import Language
from serving.http.contract.forms.access.session import Name, Password

# A place of ours: another address behind it would send people away who trust this one.
OWN_PLACE = r"^/([\x21-\x2e\x30-\x5b\x5d-\x7e][\x21-\x7e]*)?$"
LONGEST_PLACE = 8_192
Purpose = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]
Place = Annotated[str, StringConstraints(pattern=OWN_PLACE, max_length=LONGEST_PLACE)]


class NextQuery(BaseModel):
    """Where who signs in goes on to."""

    model_config = ConfigDict(extra="ignore")

    next: str = "/"

    @property
    def onward(self) -> str:
        """That place, if it is one of ours; else the start."""
        is_ours = len(self.next) <= LONGEST_PLACE and re.fullmatch(OWN_PLACE, self.next)
        return self.next if is_ours else "/"


class SignInFields(BaseModel):
    """Who signs in, and where they go on to."""

    model_config = ConfigDict(extra="forbid")

    user: Name
    password: Password
    next: Place = "/"


class PreferenceFields(BaseModel):
    """What is chosen, and where its button stands."""

    model_config = ConfigDict(extra="forbid")

    language: Language | None = None
    theme: Literal["auto", "light", "dark"] | None = None
    purpose: Purpose | None = None
    back: Place = "/"

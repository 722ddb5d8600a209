"""The forms of signing in and of the session that comes of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class SignIn(BaseModel):
    """Who signs in. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    user: Name = Field(examples=["li.na"])
    password: Password


class SessionAnswer(BaseModel):
    """Who is signed in. Requests that change something carry `csrf_token` as X-CSRF-Token.

    `purposes`: one of them is named where a customer is looked at.
    """

    user: str
    role: str
    city: str | None
    store_id: str | None
    manager_id: str | None
    purposes: list[str]
    csrf_token: str


class SignedOut(BaseModel):
    """The session has ended."""

    signed_out: bool

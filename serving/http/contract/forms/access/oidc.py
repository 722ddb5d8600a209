"""What an OpenID provider sends the browser back with."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, StringConstraints

Text = Annotated[str, StringConstraints(max_length=2048)]


class OidcAnswer(BaseModel):
    """The code of a sign-in, or the provider's error. Providers add names of their own."""

    state: Text = ""
    code: Text = ""
    error: Text = ""

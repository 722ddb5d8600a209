"""The row of the audit of a command that reads or changes what is held about a person."""

from __future__ import annotations

import getpass
import os
import secrets
from typing import Any

from serving.audit.entry import Entry

METHOD = "COMMAND"


def entry_of(command: str, *customer_ids: str, **detail: Any) -> Entry:
    """Who ran which command about whom; the caller is the system's user."""
    return Entry(
        request_id=secrets.token_hex(8),
        method=METHOD,
        route=f"liuke {command}",
        status=200,
        code="",
        caller=user(),
        purpose="rights",
        subjects=customer_ids,
        detail=detail,
    )


def user() -> str:
    """The name of the system's user, or their number where they have none."""
    try:
        return getpass.getuser()[:64]
    except (KeyError, OSError):
        return str(os.getuid())

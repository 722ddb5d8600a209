"""What the subcommands about managers share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from serving.command.options import currency_of, now

if TYPE_CHECKING:
    from serving.managers.wording import Wording


def worded(home: Path, language: str) -> Wording:
    """How the home's managers and tasks are said, today."""
    from serving.managers.manager_settings import manager_settings
    from serving.managers.wording import Wording

    return Wording(manager_settings(home), language, now(home).date(), currency_of(home))

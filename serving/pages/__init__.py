"""The pages that people work on, in a browser; they load nothing from outside.

A page is a row of the table of routes (`serving.http.contract.routes.pages`), a handler here, a
template, its words in features/words, and a line of the menu. It reads and changes everything by
`Call.run`, which calls an operation of the API as its caller would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serving.http.native import Handler
    from serving.pages.rendering import Pages


def page_handlers(pages: Pages) -> Mapping[str, Handler]:
    """What answers the rows of pages, by their operation."""
    from serving.pages.base import BasePages
    from serving.pages.base.acting import ActPages
    from serving.pages.business import BusinessPages
    from serving.pages.checking import CheckingPages
    from serving.pages.customer import CustomerPages
    from serving.pages.desk import DeskPages
    from serving.pages.entry import Entry
    from serving.pages.lists import ListPages
    from serving.pages.managers import WorkPages
    from serving.pages.settings import SettingsPages

    rooms = (
        Entry, DeskPages, CustomerPages, BasePages, ListPages, WorkPages, BusinessPages,
        CheckingPages, SettingsPages, ActPages,
    )  # fmt: skip
    return {name: own for room in rooms for name, own in room(pages).handlers.items()}

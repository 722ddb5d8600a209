"""Which pages there are, in the order of the menu; each person sees those that they may open."""

from __future__ import annotations

from dataclasses import dataclass

from serving.access.permissions import purposes_of


@dataclass(frozen=True)
class Entry:
    """A page: its address, the key of its name in the words of `pages`, whose right opens it."""

    path: str
    name: str
    rights_of: str


# A new page adds its line here, with the `rights_of` of its row in the table of routes.
MENU = (
    Entry("/desk", "menu_desk", "decide"),
    Entry("/base", "menu_base", "searchCustomers"),
    Entry("/campaigns", "menu_lists", "lists"),
    Entry("/worklist", "menu_work", "tasks"),
    Entry("/board", "menu_board", "promiseBoard"),
    Entry("/left", "menu_left", "churned"),
    Entry("/group-list", "menu_groups", "groups"),
    Entry("/figures", "menu_figures", "analyse"),
    Entry("/models-and-data", "menu_models", "models"),
    Entry("/audit-log", "menu_audit", "searchAudit"),
    Entry("/settings-and-changes", "menu_settings", "settings"),
)


def menu_of(role: str) -> list[Entry]:
    """The pages that this role may open.

    >>> [[one.path for one in menu_of(role)] for role in ("store", "auditor")]
    [['/desk', '/board'], ['/audit-log', '/settings-and-changes']]
    """
    return [one for one in MENU if purposes_of(one.rights_of, role) is not None]

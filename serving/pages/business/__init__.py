"""The business: who left, the groups, the analyses, and what can be fixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serving.http.native import Handler
    from serving.pages.rendering import Pages

WORDS = "pages_business"


class BusinessPages:
    """The handlers of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @property
    def handlers(self) -> Mapping[str, Handler]:
        from serving.pages.business.board import BoardPage
        from serving.pages.business.figures import FiguresPage
        from serving.pages.business.group_list import GroupsPage
        from serving.pages.business.left import LeftPage

        board = BoardPage(self._pages)
        return {
            "leftPage": LeftPage(self._pages).show,
            "groupsPage": GroupsPage(self._pages).show,
            "figuresPage": FiguresPage(self._pages).show,
            "boardPage": board.show,
            "boardKept": board.kept,
            "boardOwner": board.owned,
        }

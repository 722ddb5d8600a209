"""For those who check: models and data, and the audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serving.http.native import Handler
    from serving.pages.rendering import Pages

WORDS = "pages_checking"


class CheckingPages:
    """The handlers of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @property
    def handlers(self) -> Mapping[str, Handler]:
        from serving.pages.checking.audit_log import AuditPage
        from serving.pages.checking.models import ModelsPage

        audit = AuditPage(self._pages)
        return {
            "modelsPage": ModelsPage(self._pages).show,
            "auditPage": audit.show,
            "auditVerify": audit.verify,
            "auditReplay": audit.replay,
        }

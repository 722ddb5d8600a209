"""What the handlers of managers and of their tasks share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from serving.customers.base.grammar import without_customers
from serving.http.call import Call
from serving.http.context import Context
from serving.managers.manager_settings import ManagerSettings, manager_settings
from serving.managers.tasks import Actor
from serving.managers.wording import Wording


@dataclass
class Managing:
    """The settings of one server's home, who acts, and how it is said."""

    context: Context

    @cached_property
    def settings(self) -> ManagerSettings:
        return manager_settings(self.context.home)

    def now(self) -> datetime:
        return self.context.now()

    def actor(self, call: Call) -> Actor:
        """The caller, at the manager's desk that their scope names."""
        return Actor(call.caller.id, call.caller.scope.manager_id)

    def wording(self, language: str | None = None) -> Wording:
        own = self.context
        spoken = language or own.settings.language
        return Wording(self.settings, spoken, self.now().date(), own.currency)


def audited(manager_id: str) -> dict[str, str]:
    """The manager as the audit may keep them: a number may stand there by mistake."""
    return without_customers({"manager": manager_id})

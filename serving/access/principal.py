"""Who calls, and of which customers they may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """The customers whom a caller may know of: of a city, a store, a manager. Null limits nothing.

    >>> Scope(city="Suzhou").allows({"city": "Wuxi", "store_id": None, "manager_id": None})
    False
    """

    city: str | None = None
    store_id: str | None = None
    manager_id: str | None = None

    @property
    def limits(self) -> dict[str, str]:
        """The columns that are limited, each with the one value that is allowed."""
        own = {"city": self.city, "store_id": self.store_id, "manager_id": self.manager_id}
        return {name: value for name, value in own.items() if value is not None}

    def allows(self, profile: Mapping[str, str | None]) -> bool:
        """Whether the customer with this city, store_id and manager_id may be known."""
        return all(profile[name] == value for name, value in self.limits.items())


EVERYWHERE = Scope()


@dataclass(frozen=True)
class Principal:
    """Who calls: the id of a key or of a person, the role that decides what is shown, the scope.

    `purpose` counts where a request names none. `per_minute`: so many requests a minute, null for
    the setting's. `session`: the digest of a person's session; null for a key.
    """

    id: str
    role: str
    scope: Scope = EVERYWHERE
    purpose: str | None = None
    per_minute: int | None = None
    session: str | None = None

"""How often and how long callers may, and who else may say who they are: settings of access."""

from __future__ import annotations

from dataclasses import dataclass, fields

from features.errors import SettingsError
from serving.access.permissions import ROLES


@dataclass(frozen=True)
class AccessSettings:
    """Limits of callers; `serving/settings.toml` says what each is for."""

    requests_per_minute: int
    person_requests_per_minute: int
    lookups_per_hour: int
    lookups_per_day: int
    idle_minutes: int
    session_hours: int
    free_tries: int
    address_free_tries: int
    first_delay_seconds: int
    max_delay_seconds: int

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 1:
                raise SettingsError(
                    f"access.{field.name} is {getattr(self, field.name)}; expected at least 1"
                )


@dataclass(frozen=True)
class OidcSettings:
    """Sign-in by an OpenID provider; off where `issuer` is empty.

    `credential_file` holds the client's secret, and nothing else. A person's role is that of the
    first of the claim `role_claim`'s values that stands in `roles`; their limits are the claims
    that `city_claim`, `store_claim` and `manager_claim` name, none where these are empty.
    """

    issuer: str
    client_id: str
    credential_file: str
    redirect_uri: str
    role_claim: str
    city_claim: str
    store_claim: str
    manager_claim: str
    roles: dict[str, str]

    def __post_init__(self) -> None:
        unknown = sorted(set(self.roles.values()) - set(ROLES))
        if unknown:
            raise SettingsError(
                f"oidc.roles names {', '.join(unknown)}; the roles are {', '.join(ROLES)}"
            )
        needed = ("client_id", "credential_file", "redirect_uri", "role_claim", "roles")
        absent = [name for name in needed if not getattr(self, name)]
        if self.is_on and absent:
            raise SettingsError(f"oidc.issuer is set, so set oidc.{absent[0]} too")

    @property
    def is_on(self) -> bool:
        return bool(self.issuer)

"""What the service needs to know: the home that it serves, address, limits, database."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from features.errors import SettingsError
from features.settings import FeatureSettings, home_settings, read_toml, shipped
from features.words import check_language
from serving.access.access_settings import AccessSettings, OidcSettings
from serving.audit.heads.audit_settings import AuditSettings
from serving.phone_settings import PhoneSettings

HOME = "LIUKE_HOME"
CURRENCY = "LIUKE_CURRENCY"  # the amounts' names carry it, so the schema must know it
POSITIVE = ("body_limit_bytes", "body_seconds", "batch_threads", "collect_seconds", "table_rows")


@dataclass(frozen=True)
class PotentialSettings:
    """The rule that qualifies who is proposed as a potential large customer.

    The chance of a higher tier and the tenure are at least these; the features named in
    `must_be_zero` are zero. A feature whose feed is not delivered excludes no customer.
    """

    min_probability: float
    min_tenure_days: int
    must_be_zero: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.min_probability <= 1:
            raise SettingsError(
                f"potential.min_probability is {self.min_probability}; expected 0 to 1"
            )
        if self.min_tenure_days < 0:
            raise SettingsError(
                f"potential.min_tenure_days is {self.min_tenure_days}; expected at least 0"
            )


@dataclass(frozen=True)
class EventSettings:
    """Facts posted at `/events`: how old one may be, and for how long it counts."""

    max_age_days: int

    def __post_init__(self) -> None:
        if self.max_age_days < 1:
            raise SettingsError(f"events.max_age_days is {self.max_age_days}; expected at least 1")


@dataclass(frozen=True)
class ServingSettings:
    """The service's settings; `serving/settings.toml` says what each is for.

    `inline_ids`: requests of at most so many ids are answered on the event loop, without the
    cost of a thread; larger ones wait for one of `batch_threads`, so that the others need not wait.
    `prepare_figures`: as `serving.results.preparing` does. `table_rows`: as many rows of a table
    one request may contain. `database_url`: empty for `<home>/liuke.sqlite`, else an SQLAlchemy
    URL. `potential`: who qualifies as a potential large customer. `access`, `oidc`: limits of
    callers, and sign-in. `audit`: where its head is kept. `events`: facts posted just now.
    `phones`: how numbers are read and who sees them.
    """

    host: str
    port: int
    language: str
    body_limit_bytes: int
    body_seconds: float
    inline_ids: int
    batch_threads: int
    collect_seconds: float
    prepare_figures: bool
    table_rows: int
    database_url: str
    events: EventSettings
    potential: PotentialSettings
    access: AccessSettings
    oidc: OidcSettings
    audit: AuditSettings
    phones: PhoneSettings

    def __post_init__(self) -> None:
        check_language(self.language)
        if not 1 <= self.port <= 65535:
            raise SettingsError(f"port is {self.port}; expected 1 to 65535")
        for name in POSITIVE:
            if getattr(self, name) <= 0:
                raise SettingsError(f"{name} is {getattr(self, name)}; expected more than 0")
        if self.inline_ids < 0:
            raise SettingsError(f"inline_ids is {self.inline_ids}; expected at least 0")


def serving_settings(home: Path) -> ServingSettings:
    """This home's settings of the service. Raises SettingsError naming file and key."""
    return home_settings(home, "serving", ServingSettings)


def served_home() -> Path:
    """The home that this process serves. Raises SettingsError where LIUKE_HOME is not set."""
    if not os.environ.get(HOME):
        raise SettingsError(f"{HOME} is not set; start the service with `liuke serve`")
    return Path(os.environ[HOME])


def served_currency() -> str:
    """The currency that names the amounts: LIUKE_CURRENCY, else of the served home's settings.

    Without a home, as where only the schema is needed, of the settings as shipped.
    """
    if os.environ.get(CURRENCY):
        return os.environ[CURRENCY]
    if os.environ.get(HOME):
        return home_settings(served_home(), "features", FeatureSettings).currency
    return read_toml(shipped("features"), FeatureSettings).currency

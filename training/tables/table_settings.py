"""How tables are judged and fitted (see settings.toml beside)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from features.errors import SettingsError
from features.settings import home_settings

SHIPPED = Path(__file__).with_name("settings.toml")


@dataclass(frozen=True)
class TableSettings:
    """`folds` judge, `inner_folds` stop and calibrate; `bootstrap` resamples make the intervals."""

    folds: int
    inner_folds: int
    bootstrap: int
    seed: int

    def __post_init__(self) -> None:
        for name, least in (("folds", 2), ("inner_folds", 3), ("bootstrap", 10), ("seed", 0)):
            if getattr(self, name) < least:
                raise SettingsError(f"{name} is {getattr(self, name)}; expected at least {least}")


def table_settings(home: Path) -> TableSettings:
    """This home's settings of tables (settings/tables.toml)."""
    return home_settings(home, "tables", TableSettings, SHIPPED)

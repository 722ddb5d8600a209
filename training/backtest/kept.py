"""What was found of each date, kept in the home as it is found.

    <home>/lake/backtests/DATA/RECIPE-4w/2026-01-05.json

A run that is interrupted goes on where it stopped, and a longer one judges only what is new. Other
data, another recipe or another step are another folder; those of other data are removed, since
the data that they were computed from are gone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.disk.atomic import remove, replace_json
from features.home import Home
from training.evaluation.backtest import SCHEMA, JudgedDate

LENGTH = 16  # of a fingerprint in a name


@dataclass(frozen=True)
class Kept:
    """The dates of one recipe on one state of the data, `every_weeks` apart."""

    home: Path
    data: str
    recipe: str
    every_weeks: int

    def find(self, date: datetime) -> JudgedDate | None:
        """What was found of the date; null where nothing is kept, or nothing that can be read."""
        try:
            content = json.loads(self._path(date).read_text("utf-8"))
            return JudgedDate.from_json(content)
        except (OSError, ValueError, KeyError, TypeError):  # it is computed again
            return None

    def keep(self, date: datetime, judged: JudgedDate) -> None:
        """Raises OutputError where the disk refuses."""
        replace_json(self._path(date), judged.to_json())

    def forget_other_data(self) -> None:
        """Remove what was found on data that have changed since."""
        for folder in Home(self.home).backtests.glob("*"):
            if folder.name != self.data[:LENGTH]:
                remove(folder)

    def _path(self, date: datetime) -> Path:
        folder = f"{self.recipe[:LENGTH]}-{self.every_weeks}w-{SCHEMA}"
        return Home(self.home).backtests / self.data[:LENGTH] / folder / f"{date:%F}.json"

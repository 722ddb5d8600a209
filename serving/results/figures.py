"""The results that pages and reports of the business show: each found in the home, or computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.engine.moments import latest_moment
from features.engine.store import open_histories
from features.errors import LakeError
from serving.access.principal import EVERYWHERE, Scope
from serving.analyses import analyse
from serving.analyses.request import Request
from serving.analyses.signs import Signs, signs_of
from serving.customers.churned import Archive, archive_of, known_period
from serving.customers.groups import groups
from serving.customers.standing.arrears import owing
from serving.customers.standing.warnings import Warned, warnings
from serving.results import Results
from serving.scores import last_scores, scores_of_last_night

MONTHS = 6  # whole ones that are shown where no others are requested


class Figures:
    """The figures of one home. Those that are not kept take seconds to minutes to compute."""

    def __init__(self, home: Path) -> None:
        self._home, self.results = home, Results(home)

    def latest_month(self) -> datetime:
        """The first of the month up to which the data reach; a month begun would mislead."""
        found: str = self.results.made(self.results.name("month"), self._latest_month)
        return datetime.fromisoformat(found)

    def analysis(self, request: Request, scope: Scope = EVERYWHERE) -> dict[str, Any]:
        """As `serving.analyses.analyse`, and raises what that raises."""
        return dict(
            self.results.made(
                self.analysis_name(request, scope), lambda: analyse(self._home, request, scope)
            )
        )

    def analysis_name(self, request: Request, scope: Scope = EVERYWHERE) -> str:
        """Under which name that is kept."""
        own = (request.analysis.name, request.by, request.edges, request.every, request.known_at)
        return self.results.name("analysis", *own, sorted(scope.limits.items()))

    def known_period(self) -> tuple[datetime, datetime]:
        """As `serving.customers.churned.known_period`."""
        name = self.results.name("departures-known")
        found = self.results.made(
            name, lambda: [moment.isoformat() for moment in known_period(self._home)]
        )
        first, last = map(datetime.fromisoformat, found)
        return first, last

    def departures(self, since: datetime, until: datetime) -> Archive:
        """As `serving.customers.churned.archive_of`, and raises what that raises."""
        name = self.results.name("departures", since, until)
        return Archive.of_json(
            self.results.made(name, lambda: archive_of(self._home, since, until).json())
        )

    def groups(
        self, objectors: Sequence[str], manager: str | None = None, scope: Scope = EVERYWHERE
    ) -> tuple[str, list[dict[str, Any]]]:
        """The day of the last night, and the groups then without who objects.

        As `serving.customers.groups.groups`, and raises what that raises.
        """
        name = self.groups_name(objectors, manager, scope)
        day, found = self.results.made(name, lambda: self._groups(objectors, manager, scope))
        return day, found

    def groups_name(
        self, objectors: Sequence[str], manager: str | None = None, scope: Scope = EVERYWHERE
    ) -> str:
        """Under which name that is kept."""
        limits = sorted(scope.limits.items())
        return self.results.name("groups", list(objectors), manager, limits)

    def owing(self, as_of: datetime | None = None) -> tuple[datetime, list[dict[str, Any]]]:
        """As `serving.customers.standing.arrears.owing`, and raises what that raises."""
        moment, found = self.results.made(self.owing_name(as_of), lambda: _owing(self._home, as_of))
        return datetime.fromisoformat(moment), found

    def owing_name(self, as_of: datetime | None = None) -> str:
        """Under which name that is kept."""
        return self.results.name("owing", as_of)

    def warnings(
        self,
        objectors: Sequence[str],
        language: str,
        places: Mapping[str, str] | None = None,
        since: datetime | None = None,
    ) -> Warned:
        """As `serving.customers.standing.warnings.warnings`, and raises what that raises."""
        limits = sorted((places or {}).items())
        name = self.results.name("warnings", list(objectors), language, limits, since)
        return Warned(
            **self.results.made(
                name, lambda: asdict(warnings(self._home, objectors, language, places, since))
            )
        )

    def signs(
        self, currency: str, objectors: Sequence[str], scope: Scope = EVERYWHERE
    ) -> tuple[str, Signs]:
        """The day of the last night, and the signs then, as `serving.analyses.signs.signs_of`.

        Raises LakeError without a night.
        """
        name = self.signs_name(objectors, scope)
        made = self.results.made(name, lambda: self._signs(currency, objectors, scope))
        return made[0], Signs(**made[1])

    def signs_name(self, objectors: Sequence[str], scope: Scope = EVERYWHERE) -> str:
        """Under which name that is kept."""
        return self.results.name("signs", list(objectors), sorted(scope.limits.items()))

    def _signs(
        self, currency: str, objectors: Sequence[str], scope: Scope
    ) -> tuple[str, dict[str, Any]]:
        path = scores_of_last_night(self._home)
        if path is None:
            raise LakeError(
                f"no customer has been scored in {self._home}. Run `liuke score --as-of DATE`."
            )
        return path.name[:10], asdict(signs_of(path, currency, objectors, scope))

    def _latest_month(self) -> str:
        latest = latest_moment(open_histories(self._home).connection, self._home)
        return str(pd.Timestamp(latest).to_period("M").start_time.isoformat())

    def _groups(
        self, objectors: Sequence[str], manager: str | None, scope: Scope
    ) -> tuple[str, list[dict[str, Any]]]:
        scores = last_scores(self._home)
        hidden = scores["customer_id"].isin(objectors)
        scores.loc[hidden, ["churn_risk", "expected_loss"]] = np.nan
        scores.loc[hidden, "eligible"] = False
        found = groups(self._home, scores, manager, scope)
        return f"{scores['as_of'].iloc[0]:%F}", found


def _owing(home: Path, as_of: datetime | None) -> tuple[str, list[dict[str, Any]]]:
    moment, found = owing(home, as_of)
    return moment.isoformat(), found


def months_before(until: datetime) -> datetime:
    """The first of a month, `MONTHS` whole ones before."""
    first = pd.Timestamp(until).to_period("M") - MONTHS
    return first.start_time.to_pydatetime()


def half_a_year(first: datetime, until: datetime) -> datetime:
    """The first of the month half a year before, or from where on all is known.

    >>> half_a_year(datetime(2024, 4, 1), datetime(2026, 1, 29))
    datetime.datetime(2025, 8, 1, 0, 0)
    """
    month = until.year * 12 + until.month - 1 - MONTHS + (until.day > 1)
    return max(first, datetime(month // 12, month % 12 + 1, 1))

"""The counter: plans from other files, and alarms of what clusters on a clerk."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from features.words import say
from serving.command.access.alarms import app as alarms
from serving.command.options import (
    DEFAULT_HOME,
    HomeFolder,
    Json,
    Language,
    database,
    now,
    spoken,
)
from serving.console import refusals, reporting, show

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from serving.decision.clusters import Cluster

app = typer.Typer()
plans = typer.Typer(help="The plans on sale, as others publish them.", no_args_is_help=True)
app.add_typer(plans, name="plans")

Mode = Literal["prepaid", "postpaid"]


@plans.command(name="import")
def import_plans(
    file: Annotated[Path, typer.Argument(help="JSON groups of plans, or a CSV of fixed lines.")],
    mode: Annotated[Mode, typer.Option("--payment-mode", help="Of all of its plans.")],
    brand: Annotated[str, typer.Option(help="Of all of its plans; stands before each name.")],
    overage: Annotated[float, typer.Option(min=0, help="Charged for a GB beyond the allowance.")],
    voice: Annotated[float, typer.Option(min=0, help="Charged for a minute.")],
    since: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="On sale from.")
    ],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Import a file of plans into the feed `plans`; rows that are shifted are refused by name."""
    from serving.decision.bill_fit.plan_files import Terms, read_plans
    from serving.decision.bill_fit.plan_import import import_plan_file
    from serving.decision.decision_settings import to_fen

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        terms = Terms(mode, brand, to_fen(overage), to_fen(voice))
        found = read_plans(file, terms)
        report = import_plan_file(home, found.plans, since, datetime.now(UTC), progress)
    counts = {"read": len(found.plans), "new": report.new, "refused": len(found.refused)}
    lines = [say("counter", "plans_imported", language, **counts), *found.refused]
    result = counts | {"rows_refused": list(found.refused)}
    show(result, "\n  ".join(lines), as_json=as_json)


@alarms.command()
def check(
    month: Annotated[
        datetime, typer.Option(formats=["%Y-%m"], metavar="MONTH", help="As 2026-02.")
    ],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Raise an alarm where cancellations, credits or transfers cluster on a clerk or outlet."""
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of
    from serving.decision.clusters import clusters, raise_alarms, read_month
    from serving.decision.decision_settings import decision_settings

    with refusals(as_json=as_json), database(home) as engine:
        language = spoken(home, language)
        settings = decision_settings(home).clusters
        moment = now(home)

        def work(connection: Connection) -> tuple[list[Cluster], list[Cluster]]:
            found = clusters(read_month(connection, month.year, month.month), settings)
            return found, raise_alarms(connection, found, moment)

        entry = entry_of("alarms check", month=f"{month:%Y-%m}")
        found, new = record_now(engine, entry, moment, work)
    lines = [
        say("counter", "alarms_checked", language, month=f"{month:%Y-%m}", found=len(found),
            new=len(new)),
        *(_line(one, language) for one in found),
    ]  # fmt: skip
    result = {"month": f"{month:%Y-%m}", "new": len(new), "found": [asdict(one) for one in found]}
    show(result, "\n  ".join(lines), as_json=as_json)


def _line(one: object, language: str) -> str:
    values = dict(vars(one))
    values["kind"] = say("counter", values["kind"], language)
    values["group"] = say("counter", values["group"], language)
    values["expected"] = f"{values['expected']:.1f}"
    values["probability"] = f"{values['probability']:.1e}"
    return say("counter", "cluster", language, **values)

"""`liuke campaign plan`: which size and control group show which effect."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from features.errors import SettingsError
from features.words import say
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

app = typer.Typer()


@app.command()
def plan(
    size: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Customers on the list, both arms. May be repeated."),
    ] = None,
    control_share: Annotated[
        list[float] | None,
        typer.Option(help="The share that is not contacted, such as 0.2. May be repeated."),
    ] = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show which effect a list can prove, by its size and control group, on last night's base."""
    from features.engine.store import open_last_histories
    from features.settings import home_settings
    from serving.campaigns.planning import SHARES, plan
    from serving.retention.retention_settings import retention_settings
    from serving.retention.rules import broken, free
    from serving.retention.rules.gathering import gather
    from serving.scores import last_scores
    from training.fit_settings import TrainingSettings

    with refusals(as_json=as_json), reporting() as progress, database(home, looking=True) as engine:
        language = spoken(home, language)
        shares = tuple(control_share or SHARES)
        wrong = [own for own in shares if not 0 < own < 1]
        if wrong:
            raise SettingsError(f"--control-share is {wrong[0]:g}; expected above 0 and below 1")
        scores, rules = last_scores(home), retention_settings(home).rules
        with engine.connect() as connection:
            facts = gather(home, connection, scores, rules, now(home))
        label = home_settings(home, "training", TrainingSettings).label
        found = plan(
            scores, free(broken(facts, rules)), open_last_histories(home), label,
            tuple(size or ()), shares, progress,
        )  # fmt: skip
    rows = [asdict(own) for own in found]
    lines = [say("readout", "plan_heading", language), *(_line(own, language) for own in rows)]
    show({"plans": rows}, "\n".join(lines), as_json=as_json)


def _line(own: dict[str, Any], language: str) -> str:
    key = "plan_none" if own["fall"] is None else "plan_row"
    points = None if own["points"] is None else f"{100 * own['points']:.2f}"
    return "  " + say("readout", key, language, **own | {"points": points})

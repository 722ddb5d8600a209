"""Alarms to the auditor: the newest."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from features.words import say, words
from serving.command.access.terms import plain_values
from serving.command.options import DEFAULT_HOME, HomeFolder, Json, Language, Size, database, spoken
from serving.console import refusals, show

if TYPE_CHECKING:
    from serving.access.lookups import Alarm

app = typer.Typer()


@app.callback(invoke_without_command=True)
def alarms(
    context: typer.Context,
    size: Size = 50,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show what an auditor should look at, the newest first."""
    from serving.access.lookups import known_alarms
    from serving.command.rights.audited import record

    if context.invoked_subcommand is not None:
        return
    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, looking=True, or_tables=True) as engine:
            found = known_alarms(engine, size)
            record(home, engine, "alarms")
    text = "\n".join(_line(one, language) for one in found) or say("access", "no_alarms", language)
    show({"alarms": [plain_values(asdict(one)) for one in found]}, text, as_json=as_json)


def _line(alarm: Alarm, language: str) -> str:
    key = f"alarm_{alarm.kind}_{alarm.detail.get('window', '')}".rstrip("_")
    known = key in words(language, "access")
    said = say("access", key, language, **alarm.detail) if known else _plainly(alarm)
    return f"{alarm.id:>6}  {alarm.at:%Y-%m-%d %H:%M}  {alarm.caller:<14} {said}"


def _plainly(alarm: Alarm) -> str:
    """What an alarm of a kind without words of its own says."""
    found = ", ".join(f"{name} {value}" for name, value in alarm.detail.items())
    return f"{alarm.kind}: {found}"

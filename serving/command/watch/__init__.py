"""Whether the last night is computed from other data than the reference: `liuke watch`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from serving.command.options import DEFAULT_HOME, HomeFolder, Json, Language, existing, spoken
from serving.console import note, refusals, show

app = typer.Typer()
Since = Annotated[
    datetime | None,
    typer.Option(
        "--since", formats=["%Y-%m-%d"], metavar="DATE",
        help="The night to compare with; default: the first that the version scored.",
    ),
]  # fmt: skip


@app.command(name="watch")
def watch_(
    since: Since = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show what moved between a reference night and the last one; nothing where nothing did."""
    from serving.monitoring.watch import watch
    from serving.monitoring.watch_words import Wording

    with refusals(as_json=as_json):
        language = spoken(home, language)
        found = watch(existing(home), since)
        wording = Wording(home, language)
        result = found.to_json()
        for own, alarm in zip(result["alarms"], found.alarms, strict=True):
            said = wording.of(alarm)
            own |= {"text": said.text, "do": said.do}
    if found.alarms or as_json:
        show(result, "\n".join(wording.lines(found)), as_json=as_json)
    elif found.is_first:
        note(wording.quiet(found))

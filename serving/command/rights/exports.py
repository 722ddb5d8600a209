"""Files that turned up elsewhere: which export they came from, and who received it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from features.words import say
from serving.command.options import DEFAULT_HOME, HomeFolder, Json, Language, database, spoken
from serving.console import refusals, show

if TYPE_CHECKING:
    from serving.retention.export.approval import Export
    from serving.retention.export.trace import Found, Trace

app = typer.Typer()


@app.command()
def trace(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV or a workbook.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Name the export that a file came from, and its recipient, by the mark in its scores."""
    from serving.command.rights.audited import record
    from serving.retention.export.approval import all_exports
    from serving.retention.export.trace import trace as traced

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, looking=True) as engine:
            with engine.connect() as connection:
                known = {one.id: one for one in all_exports(connection)}
            keys = {own: one.watermark_key for own, one in known.items()}
            found = traced(file, keys, _customers(home))
            named = [one.export for one in found.found]
            record(home, engine, "trace", rows=found.rows, exports=named)
    result = {
        "file": str(file), "rows": found.rows, "exports_compared": len(known),
        "found": [_as_json(one, known[one.export]) for one in found.found],
        "because": found.because, "ids": list(found.ids), "rounded": list(found.rounded),
    }  # fmt: skip
    show(result, _in_words(found, known, language), as_json=as_json)


def _customers(home: Path) -> set[str] | None:
    """The ids of last night's customers; null where none was scored or its scores are gone."""
    import pyarrow.parquet as pq

    from serving.scores import scores_of_last_night

    path = scores_of_last_night(home)
    if path is None:
        return None
    return set(pq.read_table(path, columns=["customer_id"])["customer_id"].to_pylist())


def _as_json(one: Found, export: Export) -> dict[str, Any]:
    return {
        "export": export.id, "campaign": export.campaign_id, "recipient": export.recipient,
        "purpose": export.purpose, "requested_by": export.requested_by,
        "approved_by": export.approved_by, "at": export.at.isoformat(timespec="seconds"),
        "expires_at": export.expires_at.isoformat(timespec="seconds"), "state": export.state,
        "column": one.column, "score": one.score, "rows": one.rows, "agree": one.agree,
        "log10_ratio": round(one.log10_ratio, 1),
    }  # fmt: skip


def _in_words(found: Trace, known: dict[str, Export], language: str) -> str:
    lines = [
        say("export", "traced", language, **vars(one) | vars(known[one.export]) | {
            "approver": known[one.export].approved_by or "–", "rows": one.rows,
        })
        for one in found.found
    ]  # fmt: skip
    if len(lines) > 1:
        lines.append(say("export", "several", language))
    if found.because is not None:
        between = say("export", "between", language)
        about = {"ids": between.join(found.ids), "rounded": between.join(found.rounded)}
        said = {"rows": found.rows, "exports": len(known), **about}
        lines.append(say("export", found.because, language, **said))
    return "\n".join(lines)

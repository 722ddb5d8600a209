"""Who needs a look: warnings since the night before, and customers in arrears."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from features.words import say
from serving.command.options import (
    DEFAULT_HOME,
    Force,
    HomeFolder,
    Json,
    Language,
    Moment,
    Size,
    currency_of,
    database,
    existing,
    spoken,
)
from serving.console import refusals, show

app = typer.Typer()
CSV = (".csv",)
Manager = Annotated[str | None, typer.Option(help="Only this account manager's.")]
Store = Annotated[str | None, typer.Option(help="Only this store's.")]
Out = Annotated[Path | None, typer.Option(help="A .csv to write, of all found.")]


@app.command()
def arrears(
    manager: Manager = None,
    store: Store = None,
    as_of: Moment = None,
    out: Out = None,
    size: Size = 20,
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show who owes how much since when, and what was paid and promised; apart from churn."""
    from features.disk.outputs import check_out
    from serving.customers.standing.arrears import COLUMNS
    from serving.customers.standing.arrears import arrears as owing
    from serving.customers.standing.views import arrears_line

    with refusals(as_json=as_json):
        language = spoken(home, language)
        if out is not None:
            check_out(out, CSV, force=force)
        with database(existing(home), looking=True) as engine:
            moment, found = owing(home, engine, as_of, _places(manager, store))
            shown = found if out is not None else found[:size]
            _record(home, engine, "arrears", shown, as_of=f"{moment:%F}")
        currency, total = currency_of(home), round(sum(one["overdue"] for one in found), 2)
        result: dict[str, Any] = {
            "as_of": f"{moment:%F}", "currency": currency, "count": len(found),
            "overdue": total, "customers": found[:size],
        }  # fmt: skip
        lines = [arrears_line(one, home, currency, language) for one in found[:size]]
        lines.append(
            say(
                "standing", "arrears_end", language,
                shown=len(found[:size]), count=len(found), as_of=f"{moment:%F}",
                total=total, currency=currency,
            )
        )  # fmt: skip
        if out is not None:
            lines.append(_written(out, COLUMNS, found, result, language))
    show(result, "\n".join(lines), as_json=as_json)


@app.command()
def warnings(
    manager: Manager = None,
    store: Store = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], metavar="DATE", help="A kept night."),
    ] = None,
    out: Out = None,
    size: Size = 20,
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show who changed sharply since the night before, what changed, by value at stake."""
    from features.disk.outputs import check_out
    from serving.customers.base.objectors import objectors
    from serving.customers.standing.views import WARNING_COLUMNS, flat, warning_lines, warnings_end
    from serving.customers.standing.warnings import warnings as warned

    with refusals(as_json=as_json):
        language = spoken(home, language)
        if out is not None:
            check_out(out, CSV, force=force)
        with database(existing(home), looking=True) as engine:
            found = warned(home, objectors(engine), language, _places(manager, store), since)
            customers = found.customers
            shown = customers if out is not None else customers[:size]
            _record(home, engine, "warnings", shown, as_of=found.as_of, since=found.before)
        currency = currency_of(home)
        result: dict[str, Any] = {
            "before": found.before, "as_of": found.as_of, "currency": currency,
            "other_model": found.other_model, "count": len(customers),
            "counts": found.counts, "customers": customers[:size],
        }  # fmt: skip
        lines = [warning_lines(one, currency, language) for one in customers[:size]]
        lines.append(warnings_end(found, len(customers[:size]), language))
        if out is not None:
            rows = [flat(one) for one in customers]
            lines.append(_written(out, WARNING_COLUMNS, rows, result, language))
    show(result, "\n".join(lines), as_json=as_json)


def _places(manager: str | None, store: str | None) -> dict[str, str]:
    places = {"manager_id": manager, "store_id": store}
    return {name: value for name, value in places.items() if value is not None}


def _record(
    home: Path, engine: Any, command: str, shown: Sequence[dict[str, Any]], **about: Any
) -> None:
    """The audit's row, which names the customers that are shown or written, if not too many."""
    from serving.audit.search import UNNAMED
    from serving.command.rights.audited import record
    from serving.customers.base.export import MAX_SUBJECTS

    ids = [one["customer_id"] for one in shown]
    if len(ids) > MAX_SUBJECTS:
        record(home, engine, command, count=len(ids), **about, **{UNNAMED: len(ids)})
    else:
        record(home, engine, command, *ids, count=len(ids), **about)


def _written(
    out: Path,
    columns: Sequence[str],
    rows: Sequence[dict[str, Any]],
    result: dict[str, Any],
    language: str,
) -> str:
    """Write the file in one replace; how it is said."""
    from features.disk.atomic import replacing
    from serving.customers.standing.sheet import as_csv

    content = as_csv(columns, rows)
    with replacing(out) as temporary:
        temporary.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    result |= {"path": str(out), "sha256": sha256}
    return say("standing", "written", language, path=out, count=len(rows), sha256=sha256)


@app.command(name="standing")
def standing_(
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show a customer's RFM, credit rating and points, and every change with its cause."""
    from serving.command.rights.audited import record
    from serving.customers.standing.customer import customer_standing, in_words

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(existing(home), looking=True) as engine:
            found = customer_standing(home, customer_id)
            record(home, engine, "standing", customer_id)
    show(found, in_words(found, language), as_json=as_json)

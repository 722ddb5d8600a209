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
Since = Annotated[
    datetime | None,
    typer.Option(
        "--since", formats=["%Y-%m-%d"], metavar="DATE",
        help="The night to compare with; default: the one before the last.",
    ),
]  # fmt: skip


class _File:
    """A CSV that is made before its row of the audit, and written after it."""

    def __init__(self, out: Path, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
        from serving.customers.standing.sheet import as_csv

        self._out, self._count = out, len(rows)
        self._content = as_csv(columns, rows)
        self.sha256 = hashlib.sha256(self._content).hexdigest()

    def write(self, result: dict[str, Any], language: str) -> str:
        """Write it in one replace, and add it to the result; how that is said."""
        from features.disk.atomic import replacing

        with replacing(self._out) as temporary:
            temporary.write_bytes(self._content)
        result |= {"path": str(self._out), "sha256": self.sha256}
        about = {"path": self._out, "count": self._count, "sha256": self.sha256}
        return say("standing", "written", language, **about)


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
            file = None if out is None else _File(out, COLUMNS, found)
            _record(home, engine, "arrears", found, size, file, as_of=f"{moment:%F}")
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
        if file is not None:
            lines.append(file.write(result, language))
    show(result, "\n".join(lines), as_json=as_json)


@app.command()
def warnings(
    manager: Manager = None,
    store: Store = None,
    since: Since = None,
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
            rows = [flat(one) for one in customers]
            file = None if out is None else _File(out, WARNING_COLUMNS, rows)
            about = {"as_of": found.as_of, "since": found.before}
            _record(home, engine, "warnings", customers, size, file, **about)
        currency = currency_of(home)
        result: dict[str, Any] = {
            "before": found.before, "as_of": found.as_of, "currency": currency,
            "other_model": found.other_model, "count": len(customers),
            "counts": found.counts, "customers": customers[:size],
        }  # fmt: skip
        lines = [warning_lines(one, currency, language) for one in customers[:size]]
        lines.append(warnings_end(found, len(customers[:size]), language))
        if file is not None:
            lines.append(file.write(result, language))
    show(result, "\n".join(lines), as_json=as_json)


def _places(manager: str | None, store: str | None) -> dict[str, str]:
    places = {"manager_id": manager, "store_id": store}
    return {name: value for name, value in places.items() if value is not None}


def _record(
    home: Path,
    engine: Any,
    command: str,
    found: Sequence[dict[str, Any]],
    size: int,
    file: _File | None,
    **about: Any,
) -> None:
    """The audit's row: of a file all that are in it, with its hash, else those that are shown."""
    from serving.command.rights.audited import record_all

    ids = [one["customer_id"] for one in (found[:size] if file is None else found)]
    about |= {"count": len(ids)} | ({} if file is None else {"sha256": file.sha256})
    record_all(home, engine, command, ids, **about)


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

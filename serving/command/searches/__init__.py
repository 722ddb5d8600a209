"""Searching the base: `liuke customers`, and the searches that are kept, `liuke views`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from features.errors import RequestRefused
from features.words import say
from serving.command.options import (
    DEFAULT_HOME,
    Force,
    HomeFolder,
    Json,
    Language,
    currency_of,
    database,
    existing,
    now,
    spoken,
)
from serving.console import refusals, show

app = typer.Typer()
views = typer.Typer(help="Searches of the base that are kept by name.", no_args_is_help=True)
app.add_typer(views, name="views")

Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="FIELD=VALUE",
        help="As city=Suzhou,Wuxi or churn_risk_min=0.2; all of several. docs/base.md lists all.",
    ),
]
Sort = Annotated[
    str | None, typer.Option("--sort", metavar="FIELDS", help="As -churn_risk,city: - for highest.")
]
Columns = Annotated[
    str | None, typer.Option("--columns", metavar="FIELDS", help="The fields to show.")
]
By = Annotated[str | None, typer.Option("--by", metavar="FIELDS", help="Count by these fields.")]
Owner = Annotated[str, typer.Option("--owner", help="Whose views.")]
OWNER = "command"


@app.command()
def customers(
    where: Where = None,
    sort: Sort = None,
    columns: Columns = None,
    by: By = None,
    view: Annotated[str | None, typer.Option("--view", help="Begin with this saved view.")] = None,
    owner: Owner = OWNER,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many to show.")] = 20,
    after: Annotated[str | None, typer.Option(help="The mark of the page before.")] = None,
    out: Annotated[Path | None, typer.Option(help="A .csv to write, of all found.")] = None,
    force: Force = False,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Search, count and export the customers of the last night."""
    from serving.command.rights.audited import record
    from serving.customers.base import CustomerBase
    from serving.customers.base.grammar import parsed, without_customers
    from serving.customers.base.objectors import objectors
    from serving.customers.base.views import view_of
    from serving.scores.latest import EVERYONE

    with refusals(as_json=as_json), database(home, looking=True) as engine:
        language = spoken(home, language)
        texts = _texts(where, sort, columns, by) | {"limit": str(limit)}
        texts |= {"after": after} if after else {}
        if view is not None:
            with engine.connect() as connection:
                texts = view_of(connection, owner, view) | texts
        search, objecting = parsed(texts), objectors(engine)
        base, about = CustomerBase(existing(home)), {"search": without_customers(texts)}
        seen = partial(record, home, engine, "customers", **about)
        if out is not None:
            result = _write(base, search, objecting, out, seen, force=force)
            text = say("command", "exported", language, **result)
        else:
            result = base.search(search, EVERYONE, objecting)
            seen(*result.pop("customer_ids"), count=result["count"])
            result["currency"] = currency_of(home)
            text = _in_words(result, language)
    show(result, text, as_json=as_json)


@views.command(name="list")
def views_list(
    owner: Owner = OWNER,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show the saved views."""
    from serving.command.rights.audited import record
    from serving.customers.base.views import saved_views

    with refusals(as_json=as_json), database(home, looking=True) as engine:
        language = spoken(home, language)
        with engine.connect() as connection:
            found = saved_views(connection, owner)
        record(home, engine, "views list")
    lines = [
        f"{own['name']}  {' '.join(f'{name}={text}' for name, text in own['search'].items())}"
        for own in found
    ]
    text = "\n".join(lines) or say("command", "no_views", language, owner=owner)
    show({"owner": owner, "views": found}, text, as_json=as_json)


@views.command(name="save")
def views_save(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    where: Where = None,
    sort: Sort = None,
    columns: Columns = None,
    by: By = None,
    owner: Owner = OWNER,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Keep a search under a name; one of that name is replaced."""
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of
    from serving.customers.base.views import save_view

    with refusals(as_json=as_json), database(home) as engine:
        language = spoken(home, language)
        search = _texts(where, sort, columns, by)
        at = now(home)
        saved = record_now(
            engine, entry_of("views save"), at,
            lambda connection: save_view(connection, owner, name, search, at),
        )  # fmt: skip
    show(saved, say("command", "view_saved", language, name=name), as_json=as_json)


@views.command(name="delete")
def views_delete(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    owner: Owner = OWNER,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Forget a saved view."""
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of
    from serving.customers.base.views import delete_view

    with refusals(as_json=as_json), database(home) as engine:
        language = spoken(home, language)
        record_now(
            engine, entry_of("views delete"), now(home),
            lambda connection: delete_view(connection, owner, name),
        )  # fmt: skip
    show({"name": name}, say("command", "view_deleted", language, name=name), as_json=as_json)


def _texts(
    where: Sequence[str] | None, sort: str | None, columns: str | None, by: str | None
) -> dict[str, str]:
    """The search as the grammar reads it. Raises RequestRefused for a condition without `=`."""
    texts: dict[str, str] = {}
    for condition in where or ():
        name, sign, value = condition.partition("=")
        if not sign or name in texts:
            found = "has no =" if not sign else "names a field twice"
            raise RequestRefused(
                "invalid_request",
                f"--where {condition[:64]!r} {found}; write FIELD=VALUE once",
            )
        texts[name.strip()] = value
    own = {"sort": sort, "columns": columns, "by": by}
    return texts | {name: value for name, value in own.items() if value is not None}


def _write(
    base: Any,
    search: Any,
    objecting: Sequence[str],
    out: Path,
    seen: Callable[..., None],
    *,
    force: bool,
) -> dict[str, Any]:
    """Write all that are found to `out`, all or nothing; `seen` records them before."""
    from features.disk.atomic import replacing
    from features.disk.outputs import check_out
    from serving.customers.base.export import exported
    from serving.scores.latest import EVERYONE

    check_out(out, (".csv",), force=force)
    found = exported(base, out.resolve().parent, search, EVERYONE, objecting)
    with replacing(out) as temporary:
        with temporary.open("wb") as file:
            file.writelines(found.parts())
        seen(*(found.customer_ids or ()), **found.detail)
    return {
        "out": str(out), "count": found.count, "as_of": found.as_of, "sha256": found.sha256,
    }  # fmt: skip


def _in_words(result: dict[str, Any], language: str) -> str:
    """The page as a table, the counts below it."""
    lines = _table(result["customers"])
    lines.append(say("command", "found", language, count=result["count"], as_of=result["as_of"]))
    if result["breakdown"] is not None:
        lines += ["", *_table(result["breakdown"])]
    if result["after"] is not None:
        lines.append(say("command", "next_page", language, after=result["after"]))
    return "\n".join(lines)


def _table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Columns under their names, each as wide as it needs to be."""
    if not rows:
        return []
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _cell(value: object) -> str:
    return "–" if value is None else str(value)

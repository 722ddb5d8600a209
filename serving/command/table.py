"""Tables of one's own: train a model on one, score another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import SettingsError, TableRefused
from features.words import say
from features.words.remarks import remarks
from serving.command.options import DEFAULT_HOME, Force, HomeFolder, Json, Language, spoken
from serving.console import note, refusals, reporting, show

if TYPE_CHECKING:
    from training.tables.trained import Trained

app = typer.Typer()
tables = typer.Typer(help="A table of your own: train on it, score with it.", no_args_is_help=True)
app.add_typer(tables, name="table")

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Excel, JSON lines or Parquet.")]
Encoding = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of the file's text, such as gbk; default: by evidence."),
]
RISK = "risk"


@tables.command()
def train(
    file: File,
    target: Annotated[str, typer.Option(metavar="COLUMN", help="What is to be predicted.")],
    positive: Annotated[str, typer.Option(metavar="VALUE", help="The target's value of class 1.")],
    name: Annotated[str | None, typer.Option(help="Of the model; default: the file's.")] = None,
    drop: Annotated[str, typer.Option(metavar="A,B", help="Columns to exclude.")] = "",
    keep: Annotated[
        str, typer.Option(metavar="A,B", help="Columns to read though they look like keys.")
    ] = "",
    folds: Annotated[
        int | None, typer.Option(help="To judge with; default: settings/tables.toml.")
    ] = None,
    fold_column: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Whose values are the folds.")
    ] = None,
    out_of_fold: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where row, fold and risk are written.")
    ] = None,
    read: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=FORM",
            help="How a column in doubt is written: day-first, month-first, year-first, "
            "decimal-point, decimal-comma, or category. May be repeated.",
        ),
    ] = None,
    prior: Annotated[
        float | None,
        typer.Option(help="The population's share of positives, if the sample's is another."),
    ] = None,
    force: Force = False,
    encoding: Encoding = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Train on a labelled table, judge out of fold, and register the model."""
    from training.tables.files import check_output, read_table, write_table
    from training.tables.sample import TableRequest
    from training.tables.trained import train_table

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        if out_of_fold is not None:
            check_output(out_of_fold, file, force=force)
        table = read_table(file, encoding)
        there = list(map(str, table.rows.columns))
        if RISK in there and RISK not in (target, fold_column, *names_of(drop, there)):
            raise TableRefused(
                f"{file} has a column {RISK}, as `liuke table score` calls what it adds; rename "
                f"it, or exclude it with --drop"
            )
        request = TableRequest(
            name=name_of(file) if name is None else name,
            target=target,
            positive=positive.strip(),
            dropped=names_of(drop, there),
            kept=names_of(keep, there),
            fold_count=folds,
            fold_column=fold_column,
            prior=prior,
            read=tuple(choice_of(one) for one in read or ()),
        )
        trained = train_table(home, table, request, progress)
        if out_of_fold is not None:
            write_table(out_of_fold, trained.out_of_fold)
    _show_trained(request.name, trained, out_of_fold, language, as_json=as_json)


@tables.command()
def score(
    file: File,
    model: Annotated[str, typer.Option(metavar="NAME", help="The model's, as it was trained.")],
    out: Annotated[Path, typer.Option(help="The CSV or Parquet to write.")],
    force: Force = False,
    encoding: Encoding = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Write a table again with the risk of each row in a column more."""
    import pandas as pd

    from training.models.scored import scored, unknown_words
    from training.tables.files import check_output, read_table, write_table
    from training.tables.nonrows import counted_nonrows, is_nonrow, nonrow_words, nonrows
    from training.tables.shelf import read_table_model

    with refusals(as_json=as_json):
        language = spoken(home, language)
        check_output(out, file, force=force)
        version, bundle = read_table_model(home, model)
        table = read_table(file, encoding)
        if RISK in table.rows.columns:
            raise TableRefused(f"{file} has a column {RISK} already; rename it")
        none = nonrows(table.rows)
        is_row = ~is_nonrow(none)
        found = scored(bundle, table.rows[is_row].reset_index(drop=True))
        risk = pd.Series(float("nan"), index=table.rows.index)
        risk[is_row] = found.risk
        write_table(out, table.rows.assign(**{RISK: risk}), table.arrow)
    result = {
        "model": model,
        "model_version": version,
        "rows": len(found.risk),
        "mean_risk": float(found.risk.mean()) if len(found.risk) else None,
        "nonrows": [
            {"reason": reason, "rows": count} for reason, count in counted_nonrows(none).items()
        ],
        "unknown_levels": [
            {"column": name, "value": level, "rows": count}
            for name, own in found.unknown.items()
            for level, count in own.most_common()
        ],
        "read_as": table.read_as,
        "path": str(out),
    }
    has_rows = len(found.risk) > 0
    mean = say("command", "mean", language, risk=found.risk.mean()) if has_rows else ""
    lines = [
        say(
            "command", "rows_scored", language,
            rows=len(found.risk), version=version, mean=mean, out=out,
        ),
        say("command", "read_as", language, read_as=remarks(table.read_as, language)),
    ]  # fmt: skip
    if result["nonrows"]:
        reasons = nonrow_words(counted_nonrows(none), language)
        lines.append(say("command", "nonrows", language, words=reasons))
    show(result, "\n".join(lines), as_json=as_json)
    if found.unknown:
        note(unknown_words(found.unknown, language))


def name_of(file: Path) -> str:
    """What a model is called by default: the file's name, with - for what names do not hold.

    >>> name_of(Path("data/客户 流失.csv.gz"))
    '客户-流失'
    """
    return re.sub(r"[^\w-]+", "-", file.name.split(".")[0]).strip("-") or "table"


def names_of(listed: str, there: Sequence[str]) -> tuple[str, ...]:
    """The columns that an option lists; one whose own name has a comma is listed alone."""
    if listed in there:
        return (listed,)
    return tuple(name.strip() for name in listed.split(",") if name.strip())


def choice_of(option: str) -> tuple[str, str]:
    """The column and the form of one --read; a column's name may hold = too."""
    column, _, form = option.rpartition("=")
    if not column:
        raise SettingsError(f"--read {option}: expected COLUMN=FORM, such as opened=day-first")
    return column, form.strip()


def _show_trained(
    name: str, trained: Trained, written: Path | None, language: str, *, as_json: bool
) -> None:
    from training.models.kinds.table import TableModel
    from training.tables.card import suspect_name, table_card
    from training.tables.leaks.suspects import FIRST, SECOND

    bundle = trained.bundle
    assert isinstance(bundle.kind, TableModel)
    figures = bundle.evaluation
    result = {"name": name, "version": trained.version, "path": str(trained.path), **figures}
    lines = [table_card(bundle, bundle.kind, language)]
    if written is not None:
        result["out_of_fold"] = str(written)
        lines.append(say("command", "out_of_fold", language, path=written))
    answers = {"version": trained.version, "name": name, "path": trained.path}
    read_as = remarks(figures["read_as"], language)
    lines.append(say("command", "answers", language, read_as=read_as, **answers))
    show(result, "\n".join(lines), as_json=as_json)
    for degree, words in ((FIRST, "suspected"), (SECOND, "outstanding")):
        suspected = [one for one in figures["suspected_leaks"] if one["degree"] == degree]
        if suspected:
            names = ", ".join(suspect_name(one, language) for one in suspected)
            note(say("command", words, language, names=names))

"""A table from its rows to a registered version: inferred, judged, fitted, written."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.disk.locks import writing
from features.home import Home
from features.progress import Progress, silent
from training.evaluation.figures import Evaluation
from training.models.bundle import Bundle, shape_of
from training.models.registry.runs import Data, Record
from training.models.registry.tracking import register
from training.models.table_model import TableModel, fingerprint, for_prior
from training.pictures.model import calibration_curve
from training.tables.card import table_card
from training.tables.files import TableFile
from training.tables.fit.crossfit import crossfit, figures
from training.tables.fit.recipe import Fitted, fit_table
from training.tables.sample import Sample, TableRequest, labelled_sample
from training.tables.shelf import answer_with, check_name
from training.tables.suspects import Suspect, suspects
from training.tables.table_settings import table_settings

EXAMPLE_ROWS = 5
MAX_LISTED = 10


@dataclass(frozen=True)
class Trained:
    """A registered version, and of each labelled row its place in the file, fold and risk."""

    version: str
    bundle: Bundle
    path: Path
    out_of_fold: pd.DataFrame


def train_table(
    home: Path, file: TableFile, asked: TableRequest, progress: Progress = silent
) -> Trained:
    """Judge the recipe on the table, fit it on all rows and register the version.

    Raises TableRefused, NotEnoughData, SettingsError, OutputError, HomeBusy.
    """
    check_name(asked.name)
    with writing(home, "liuke table train", new=True):
        return _train_table(home, file, asked, progress)


def _train_table(home: Path, file: TableFile, asked: TableRequest, progress: Progress) -> Trained:
    began, clock = time.time(), time.monotonic()
    settings = table_settings(home)
    sample = labelled_sample(file.rows, asked, settings)
    share = float(sample.churned.mean())
    named = suspects(sample.rows, sample.churned, sample.columns, sample.fold, sample.order)
    data = (sample.rows, sample.churned, sample.columns, sample.keys)
    risk = crossfit(*data, sample.fold, settings, progress)
    progress("fit", 0, 1)
    fitted = fit_table(*data, settings.inner_folds, settings.seed)
    progress("fit", 1, 1)
    table = TableModel(
        asked.name, asked.target, sample.positive, sample.columns, share, asked.prior
    )
    told = figures(sample.churned, risk, sample.keys, settings, progress)
    told |= _facts(sample, named, file, asked.fold_column)
    told["seconds"] = time.monotonic() - clock
    bundle = _bundle(fitted, table, told)
    progress("register", 0, 1)
    version = register(
        home,
        bundle,
        parameters={**fitted.parameters, **_told(asked)},
        tags={"data_fingerprint": _data_fingerprint(sample), "table_columns": bundle.fingerprint},
        example=_example(file.rows, sample),
        pictures={"calibration": calibration_curve(sample.churned, risk)},
        table=asked.name,
        record=_record(asked, bundle, sample, file, began),
        answer=partial(answer_with, home, asked.name),
    )
    progress("register", 1, 1)
    names = np.asarray(sample.fold_names)[sample.fold]
    rows = pd.DataFrame({"row": sample.places, "fold": names, "risk": risk})
    return Trained(version, bundle, Home(home).tables / asked.name / version, rows)


def _facts(
    sample: Sample, named: tuple[Suspect, ...], file: TableFile, fold_column: str | None
) -> dict[str, Any]:
    """What the evaluation tells besides the figures of the risks."""
    return {
        "positive_rate": float(sample.churned.mean()),
        "folds": len(np.unique(sample.fold)),
        "fold_column": fold_column,
        "other_values": [
            {"value": value, "rows": rows} for value, rows in sample.others[:MAX_LISTED]
        ],
        "rows_without_label": sample.without_label,
        "missing_labels": _listed("value", sample.missing_marks),
        "nonrows": _listed("reason", sample.nonrows),
        "read_as": file.read_as,
        "suspected_leaks": [asdict(one) for one in named],
        "columns": [
            {"column": one.name, "kind": one.kind, "note": one.note, "dropped": one.dropped}
            for one in sample.columns
        ],
    }


def _listed(what: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{what: name, "rows": rows} for name, rows in counts.items()]


def _bundle(fitted: Fitted, table: TableModel, told: dict[str, Any]) -> Bundle:
    draft = Bundle(
        features=tuple(column.name for column in fitted.columns),
        fingerprint=fingerprint(table.columns),
        currency="",
        maps=fitted.maps,
        label={"target": table.target, "positive": table.positive},
        shape=shape_of(fitted.booster),
        booster=fitted.booster,
        calibration=for_prior(fitted.calibration, table.share, table.prior),
        evaluation=Evaluation(told),
        card="",
        table=table,
    )
    return replace(draft, card=table_card(draft, table))


def _record(
    asked: TableRequest, bundle: Bundle, sample: Sample, file: TableFile, began: float
) -> Record:
    """The run of a table: all labelled rows are fitted on, and judged out of fold."""
    figures = bundle.evaluation
    summary = (
        f"Predicts {asked.target} = {asked.positive} from the table {asked.name}; judged out of "
        f"fold on {figures['rows']:,} rows in {figures['folds']} folds; "
        f"{figures['positives']:,} rows are positive."
    )
    about = {
        "num_rows": figures["rows"],
        "positives": figures["positives"],
        "columns": len(sample.columns),
        "read_as": file.read_as,
    }
    data = Data(f"table {asked.name}", "training", _data_fingerprint(sample), about)
    return Record(f"table {asked.name}", summary, began, (data,))


def _told(asked: TableRequest) -> dict[str, Any]:
    """The parameters of a run, by the names of the command's options."""
    return {
        "target": asked.target,
        "positive": asked.positive,
        "drop": ", ".join(asked.dropped),
        "keep": ", ".join(asked.kept),
        "fold_column": asked.fold_column or "",
        "prior": "" if asked.prior is None else asked.prior,
        "read": ", ".join(f"{name}={choice}" for name, choice in asked.read),
    }


def _example(rows: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    """The first rows of what the model reads."""
    first = rows.iloc[sample.places[:EXAMPLE_ROWS]].reset_index(drop=True)
    return first[[one.name for one in sample.columns if one.is_read]]


def _data_fingerprint(sample: Sample) -> str:
    order = np.lexsort((sample.churned, sample.keys))
    told = hashlib.sha256(sample.keys[order].tobytes())
    told.update(sample.churned[order].tobytes())
    return told.hexdigest()[:16]

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
from training.models.kinds.table import TableModel, fingerprint, for_prior
from training.models.registry.runs import Data, Record
from training.models.registry.tracking import register
from training.pictures.model import calibration_curve
from training.statistics.metrics import Floats
from training.tables.card import table_card
from training.tables.files import TableFile
from training.tables.fit.crossfit import crossfit, figures
from training.tables.fit.recipe import Fitted, fit_table
from training.tables.leaks.outstanding import outstanding
from training.tables.leaks.suspects import Suspect, suspects
from training.tables.sample import Sample, TableRequest, labelled_sample
from training.tables.shelf import answer_with, check_name
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
    home: Path, file: TableFile, request: TableRequest, progress: Progress = silent
) -> Trained:
    """Judge the recipe on the table, fit it on all rows and register the version.

    Raises TableRefused, NotEnoughData, SettingsError, OutputError, HomeBusy.
    """
    check_name(request.name)
    with writing(home, "liuke table train", new=True):
        return _train_table(home, file, request, progress)


def _train_table(home: Path, file: TableFile, request: TableRequest, progress: Progress) -> Trained:
    began, clock = time.time(), time.monotonic()
    settings = table_settings(home)
    sample = labelled_sample(file.rows, request, settings)
    share = float(sample.churned.mean())
    data = (sample.rows, sample.churned, sample.columns, sample.keys)
    risk = crossfit(*data, sample.fold, settings, progress)
    named = _suspects(sample, risk, settings.seed)
    progress("fit", 0, 1)
    fitted = fit_table(*data, settings.inner_folds, settings.seed)
    progress("fit", 1, 1)
    table = TableModel(
        request.name, request.target, sample.positive, sample.columns, share, request.prior
    )
    evaluation = figures(sample.churned, risk, sample.keys, settings, progress)
    evaluation |= _facts(sample, named, file, request.fold_column)
    evaluation["seconds"] = time.monotonic() - clock
    bundle = _bundle(fitted, table, evaluation)
    progress("register", 0, 1)
    version = register(
        home,
        bundle,
        parameters={**fitted.parameters, **_parameters(request)},
        tags={"data_fingerprint": _data_fingerprint(sample), "table_columns": bundle.fingerprint},
        example=_example(file.rows, sample),
        pictures={"calibration": calibration_curve(sample.churned, risk)},
        table=request.name,
        record=_record(request, bundle, sample, file, began),
        answer=partial(answer_with, home, request.name),
    )
    progress("register", 1, 1)
    names = np.asarray(sample.fold_names)[sample.fold]
    rows = pd.DataFrame({"row": sample.places, "fold": names, "risk": risk})
    return Trained(version, bundle, Home(home).tables / request.name / version, rows)


def _suspects(sample: Sample, risk: Floats, seed: int) -> tuple[Suspect, ...]:
    """Both degrees, each column once; `risk` out of fold, shape (n,)."""
    data = (sample.rows, sample.churned, sample.columns, sample.fold)
    return outstanding(*data, risk, suspects(*data, sample.order), seed)


def _facts(
    sample: Sample, named: tuple[Suspect, ...], file: TableFile, fold_column: str | None
) -> dict[str, Any]:
    """What stands in the evaluation besides the figures of the risks."""
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


def _bundle(fitted: Fitted, table: TableModel, evaluation: dict[str, Any]) -> Bundle:
    draft = Bundle(
        features=tuple(column.name for column in fitted.columns),
        fingerprint=fingerprint(table.columns),
        currency="",
        maps=fitted.maps,
        label={"target": table.target, "positive": table.positive},
        shape=shape_of(fitted.booster),
        booster=fitted.booster,
        calibration=for_prior(fitted.calibration, table.share, table.prior),
        evaluation=Evaluation(evaluation),
        card="",
        kind=table,
    )
    return replace(draft, card=table_card(draft, table))


def _record(
    request: TableRequest, bundle: Bundle, sample: Sample, file: TableFile, began: float
) -> Record:
    """The run of a table: all labelled rows are fitted on, and judged out of fold."""
    figures = bundle.evaluation
    summary = (
        f"Predicts {request.target} = {request.positive} from the table {request.name}; judged out "
        f"of fold on {figures['rows']:,} rows in {figures['folds']} folds; "
        f"{figures['positives']:,} rows are positive."
    )
    about = {
        "num_rows": figures["rows"],
        "positives": figures["positives"],
        "columns": len(sample.columns),
        "read_as": file.read_as,
    }
    data = Data(f"table {request.name}", "training", _data_fingerprint(sample), about)
    return Record(f"table {request.name}", summary, began, (data,))


def _parameters(request: TableRequest) -> dict[str, Any]:
    """The parameters of a run, by the names of the command's options."""
    return {
        "target": request.target,
        "positive": request.positive,
        "drop": ", ".join(request.dropped),
        "keep": ", ".join(request.kept),
        "fold_column": request.fold_column or "",
        "prior": "" if request.prior is None else request.prior,
        "read": ", ".join(f"{name}={choice}" for name, choice in request.read),
    }


def _example(rows: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    """The first rows of what the model reads."""
    first = rows.iloc[sample.places[:EXAMPLE_ROWS]].reset_index(drop=True)
    return first[[one.name for one in sample.columns if one.is_read]]


def _data_fingerprint(sample: Sample) -> str:
    order = np.lexsort((sample.churned, sample.keys))
    hashed = hashlib.sha256(sample.keys[order].tobytes())
    hashed.update(sample.churned[order].tobytes())
    return hashed.hexdigest()[:16]

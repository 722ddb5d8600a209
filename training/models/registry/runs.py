"""What MLflow shows of a training: a named run with its data, search, figures and pictures.

    the run       name, description, tags, parameters, and the few figures of `HEADLINES`
    its inputs    the rows of each period, with the fingerprint of the data
    nested runs   one for each trial of the search
    artifacts     report.html, card.md, evaluation.json, the tables figures.json and
                  importances.json, pictures/*.png, and origin.json: what it was made from

Dates are seconds of the epoch. Only the registry imports mlflow; here it is an argument.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from training.churn import Trial
from training.evaluation.figures import Evaluation
from training.explainer import Floats
from training.indicators import HEADLINES
from training.indicators.evaluation import AUC
from training.models.bundle import Bundle
from training.models.origin import ORIGIN, Origin

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Without it MLflow takes an experiment for one of language models.
KIND = {"mlflow.experimentKind": "custom_model_development"}
DIGEST_LENGTH = 36  # MLflow keeps no more of a fingerprint


@dataclass(frozen=True)
class Data:
    """Rows that a training used: `context` is training, validation or test, `about` a profile."""

    name: str
    context: str
    fingerprint: str
    about: Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """What is known of a training beside its bundle."""

    name: str
    summary: str
    began: float
    data: tuple[Data, ...] = ()
    trials: tuple[Trial, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)  # of each feature
    contributions: Floats | None = None  # SHAP values of shape (n, features)
    origin: Origin | None = None


def open_run(mlflow: Any, experiment: str, record: Record, parent: str | None = None) -> str:
    """A run that began when the training did; its id."""
    tags = dict(mlflow.tracking.context.registry.resolve_tags())
    if parent is not None:
        tags["mlflow.parentRunId"] = parent
    made = mlflow.MlflowClient().create_run(
        experiment, start_time=_milliseconds(record.began), tags=tags, run_name=record.name
    )
    return str(made.info.run_id)


def describe(record: Record, bundle: Bundle) -> str:
    """The run in Markdown: what it is, the headline figures, and where the rest is."""
    known = {one: bundle.evaluation.estimate(one).value for one in HEADLINES}
    rows = [
        f"| {one.en} | {one.written(value)} |" for one, value in known.items() if value is not None
    ]
    table = "\n".join(["| figure | value |", "|---|---|", *rows])
    more = "`report.html` is the report, " if bundle.report is not None else ""
    return (
        f"{record.summary}\n\n{table}\n\n"
        f"Artifacts: {more}`card.md` the model card, `figures.json` every figure, "
        f"`importances.json` what the features contribute, `pictures/` the curves."
    )


def log_run(
    mlflow: Any, bundle: Bundle, record: Record, pictures: Mapping[str, Figure], columns: Any
) -> None:
    """Log all but the model into the active run; `columns` is MLflow's schema of the rows."""
    run = mlflow.active_run().info
    mlflow.set_tag("mlflow.note.content", describe(record, bundle))
    _log_data(mlflow, run.run_id, record.data, columns)
    for trial in record.trials:
        _log_trial(mlflow, run, trial)
    mlflow.log_dict(bundle.evaluation.to_json(), "evaluation.json")
    mlflow.log_text(bundle.card, "card.md")
    if record.origin is not None:
        mlflow.log_dict(record.origin.to_json(), ORIGIN)
    if bundle.report is not None:
        mlflow.log_text(bundle.report, "report.html")
    # MLflow looks for pictures among objects, and pandas warns of text that is not one.
    figures = bundle.evaluation.to_frame()
    text = dict.fromkeys(("figure", "words", "unit", "better"), object)
    mlflow.log_table(figures.astype(text), "figures.json")
    found = importances(bundle, record).astype({"feature": object, "words": object})
    mlflow.log_table(found, "importances.json")
    for name, picture in pictures.items():
        shown = {"facecolor": "white", "dpi": 150}
        mlflow.log_figure(picture, f"pictures/{name}.png", save_kwargs=shown)


def headlines(figures: Evaluation) -> dict[str, float]:
    """The metrics of a run: the few by which versions are compared."""
    found = {one.name: figures.estimate(one).value for one in HEADLINES}
    interval = figures.estimate(AUC)
    found |= {f"{AUC.name}_interval.low": interval.low, f"{AUC.name}_interval.high": interval.high}
    return {name: value for name, value in found.items() if value is not None}


def importances(bundle: Bundle, record: Record) -> pd.DataFrame:
    """What each feature contributes: feature, words, share of the gain, mean absolute SHAP value.

    The SHAP values are in log-odds, null where none were computed.
    """
    gain = bundle.booster.feature_importance("gain")
    found = pd.DataFrame(
        {
            "feature": bundle.features,
            "words": [record.words.get(name, name) for name in bundle.features],
            "gain_share": gain / max(gain.sum(), 1e-12),
            "mean_abs_shap": None
            if record.contributions is None or not len(record.contributions)
            else abs(record.contributions).mean(axis=0),
        }
    )
    order = "gain_share" if found["mean_abs_shap"].isna().all() else "mean_abs_shap"
    return found.sort_values(order, ascending=False, ignore_index=True, kind="stable")


def typical(rows: pd.DataFrame) -> pd.DataFrame:
    """One row of the columns' typical values, that of no customer: medians and frequent words.

    >>> typical(pd.DataFrame({"calls": [1.0, 2, 9], "plan": ["light", "family", "light"]}))
       calls   plan
    0    2.0  light
    """

    def middle(values: pd.Series) -> object:
        kind = values.dtype
        if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind):
            return float(values.median())
        frequent = values.mode()
        common = frequent.iloc[0] if len(frequent) else None
        # MLflow keeps the row as JSON.
        return common if isinstance(common, str | bool | type(None)) else str(common)

    return pd.DataFrame({name: [middle(values)] for name, values in rows.items()})


def _log_data(mlflow: Any, run_id: str, data: tuple[Data, ...], columns: Any) -> None:
    entities = mlflow.entities
    inputs = [
        entities.DatasetInput(
            entities.Dataset(
                name=one.name,
                digest=one.fingerprint[:DIGEST_LENGTH],
                source_type="code",
                source=json.dumps({"tags": {"fingerprint": one.fingerprint}}),
                schema=json.dumps({"mlflow_colspec": columns.to_dict()}),
                profile=json.dumps(dict(one.about)),
            ),
            [entities.InputTag("mlflow.data.context", one.context)],
        )
        for one in data
    ]
    if inputs:
        mlflow.MlflowClient().log_inputs(run_id, inputs)


def _log_trial(mlflow: Any, run: Any, trial: Trial) -> None:
    entities, client = mlflow.entities, mlflow.MlflowClient()
    record = Record(f"trial {trial.number}", "", trial.began)
    own = open_run(mlflow, run.experiment_id, record, run.run_id)
    ended = _milliseconds(trial.ended)
    client.log_batch(
        own,
        metrics=[entities.Metric("calibration_log_loss", trial.log_loss, ended, 0)],
        params=[entities.Param(name, str(value)) for name, value in trial.parameters.items()],
        tags=[entities.RunTag("best", str(trial.is_best).lower())],
    )
    client.set_terminated(own, end_time=ended)


def _milliseconds(seconds: float) -> int:
    return int(1000 * seconds)

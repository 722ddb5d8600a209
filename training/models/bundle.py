"""A model version is a folder of plain files; no pickle, nothing that runs when read.

    bundle.json       schema version, kind, features and their fingerprint, maps, shape, label
    churn.txt         the LightGBM model in its own text format
    calibration.json  raw score to probability, per payment mode
    evaluation.json   the figures of the test period, as the gate read them
    card.md           for people
    tier.txt, margin.txt   the models of value (`training.value`), where there are any
    report.html       the evaluation with pictures, where there is one
    explainer.npz, tier.npz   the models of churn and tier compiled into tables
                      (`training.explainer`); arrays only, and computed again where one is
                      absent or of another model or format

`sha256.json` lists the files' hashes; a bundle that was altered is refused. What differs
between the kinds of model is in `training.models.kinds`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.disk.atomic import replacing
from features.errors import BundleError
from features.histories.bills.tiers import Bounds
from training.churn.calibration import Calibration
from training.encoding import Maps, Matrix, check_frame, encode
from training.evaluation.figures import Evaluation
from training.explainer import Explainer
from training.explainer.compiled import Compiled, read_compiled, write_compiled
from training.indicators.evaluation import AUC
from training.models.kinds import KINDS, Kind
from training.models.kinds.base import BaseCustomers
from training.prediction import Predictor
from training.statistics.metrics import Floats
from training.value import ValueModels
from training.value.at_stake import Terms, value_at_stake

if TYPE_CHECKING:
    import lightgbm as lgb

SCHEMA_VERSION = 2
FILES = ("bundle.json", "churn.txt", "calibration.json", "evaluation.json", "card.md")
VALUE_FILES = ("tier.txt", "margin.txt")
REPORT = "report.html"
EXPLAINER, TIER_EXPLAINER = "explainer.npz", "tier.npz"
HASHES = "sha256.json"


@dataclass(frozen=True, repr=False)
class Bundle:
    """A model version in memory.

    `features` are the columns in order, `fingerprint` that of their definitions, `definitions` the
    same feature by feature (null in bundles written before it was kept, and of tables), `currency`
    the one the amounts are in. `label` holds the label's settings, `shape` trees, leaves and depth,
    `evaluation` the test period's figures. `tier_bounds_fen` are the lower bounds of silver, gold
    and diamond as the training cut them, null without bills; `value` is null where the history was
    too short for it, `report` where none was made. `kind` is what differs between a model of the
    operator's customers and one of a table, whose currency is empty. `compiled` is what the
    explainer was read as, null where it has to be computed.
    """

    features: tuple[str, ...]
    fingerprint: str
    currency: str
    maps: Maps
    label: dict[str, Any]
    shape: dict[str, int]
    booster: lgb.Booster
    calibration: Calibration
    evaluation: Evaluation
    card: str
    tier_bounds_fen: Bounds | None = None
    value: ValueModels | None = None
    report: str | None = None
    kind: Kind = field(default_factory=BaseCustomers)
    definitions: Mapping[str, str] | None = None
    compiled: Compiled | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        found = self.evaluation.estimate(AUC).value
        auc = "" if found is None else f", {AUC.en} {AUC.written(found)}"
        return (
            f"Bundle of {self.booster.num_trees()} trees over {len(self.features)} features{auc}. "
            f"Parts: score(rows), features, evaluation, label, card."
        )

    @cached_property
    def explainer(self) -> Explainer:
        """What explains this bundle's scores; raises ValueError for a model beyond the gate."""
        return Explainer(self.booster, self.compiled)

    @cached_property
    def _predictor(self) -> Predictor:
        return Predictor(self.booster, raw=True)

    def encode(self, rows: pd.DataFrame) -> Matrix:
        """The model's input, shape (n, features).

        Raises FingerprintMismatch, TableRefused, and SettingsError where `rows` is not a frame.
        """
        check_frame(rows)
        return encode(self.kind.prepare(rows), self.features, self.maps)

    def raw(self, matrix: Matrix) -> Floats:
        """Raw scores (log-odds before calibration), shape (n,)."""
        if len(matrix) == 0:
            return np.empty(0)
        return self._predictor.predict(matrix)

    def risk(self, raw: Floats, modes: NDArray[np.object_]) -> Floats:
        """Calibrated probabilities, shape (n,), for raw scores and payment modes."""
        return self.calibration.risk(raw, modes)

    def at_stake(self, monthly_margin: Floats, risk: Floats, modes: NDArray[np.object_]) -> Floats:
        """Value at stake (`training.value.at_stake`), (n,). Raises TypeError without `value`."""
        if self.value is None:
            raise TypeError("this bundle has no models of value")
        own = self.value
        return value_at_stake(
            monthly_margin, risk, own.mean_risk(modes), self.label["horizon_days"],
            own.annual_discount,
        )  # fmt: skip

    def score(self, rows: pd.DataFrame) -> Floats:
        """Risks, shape (n,), of rows with the bundle's features as columns."""
        return self.risk(self.raw(self.encode(rows)), self.kind.modes(rows))

    def shap_values(self, matrix: Matrix) -> Floats:
        """Contributions to the raw score, shape (n, features + 1), the expected value last."""
        return self.explainer.shap_values(matrix)


def shape_of(booster: lgb.Booster) -> dict[str, int]:
    """Trees, most leaves of a tree, and greatest depth, as the model really has them."""
    trees = booster.dump_model()["tree_info"]
    return {
        "trees": len(trees),
        "leaves": max(tree["num_leaves"] for tree in trees),
        "depth": max(_depth(tree["tree_structure"]) for tree in trees),
        "features": booster.num_feature(),
    }


def answering_files(bundle: Bundle) -> dict[str, str]:
    """The files that its answers hang on, by name: its models, calibration and description.

    A training that is made again gives the same; when it was judged is in none of them.
    """
    description = {
        "schema": SCHEMA_VERSION,
        "kind": bundle.kind.written_as,
        "features": list(bundle.features),
        "fingerprint": bundle.fingerprint,
        "currency": bundle.currency,
        "maps": bundle.maps,
        "label": bundle.label,
        "shape": bundle.shape,
        "tier_bounds_fen": bundle.tier_bounds_fen,
        "value": _value_json(bundle.value),
        **bundle.kind.to_json(),
    }
    if bundle.definitions is not None:
        description["definitions"] = dict(bundle.definitions)
    curves = {mode: asdict(curve) for mode, curve in bundle.calibration.curves.items()}
    files = {
        "bundle.json": _json(description),
        "churn.txt": bundle.booster.model_to_string(),
        "calibration.json": _json(curves),
    }
    if bundle.value is not None:
        boosters = (bundle.value.tier, bundle.value.margin)
        for name, booster in zip(VALUE_FILES, boosters, strict=True):
            files[name] = booster.model_to_string()
    return files


def write_bundle(path: Path, bundle: Bundle) -> None:
    """Write the bundle as the new folder `path`, all or nothing."""
    with replacing(path) as temporary:
        temporary.mkdir(parents=True)
        for name, text in answering_files(bundle).items():
            (temporary / name).write_text(text, "utf-8")
        (temporary / "evaluation.json").write_text(_json(bundle.evaluation.to_json()), "utf-8")
        (temporary / "card.md").write_text(bundle.card, "utf-8")
        if bundle.value is not None:
            write_compiled(temporary / TIER_EXPLAINER, bundle.value.explainer.compiled)
        if bundle.report is not None:
            (temporary / REPORT).write_text(bundle.report, "utf-8")
        write_compiled(temporary / EXPLAINER, bundle.explainer.compiled)
        hashes = {file.name: _sha256(file) for file in sorted(temporary.iterdir())}
        (temporary / HASHES).write_text(_json(hashes), "utf-8")


def kind_of(path: Path) -> type[Kind]:
    """The kind of the bundle in `path`. Raises BundleError where its description has none."""
    try:
        return KINDS[json.loads((path / "bundle.json").read_text("utf-8"))["kind"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(
            f"{path}: not a whole bundle ({error!r}): bundle.json must name its kind, "
            f"{' or '.join(KINDS)}. Restore it from the registry or train the model again."
        ) from error


def read_bundle(path: Path, kind: type[Kind] = BaseCustomers) -> Bundle:
    """The bundle in `path`, of this kind.

    Raises BundleError where a file is missing, altered, unknown, or of the other kind.
    """
    try:
        hashes = dict(json.loads((path / HASHES).read_text("utf-8")))
        altered = [name for name, known in hashes.items() if _sha256(path / name) != known]
        if altered:
            raise BundleError(
                f"{path}: {', '.join(altered)} differ from what was written. "
                f"Restore the bundle from the registry or {kind.remedy}."
            )
        description = json.loads((path / "bundle.json").read_text("utf-8"))
        if (description["schema"], description["kind"]) != (SCHEMA_VERSION, kind.written_as):
            raise BundleError(
                f"{path}: schema {description['schema']}, kind {description['kind']}; "
                f"this version reads schema {SCHEMA_VERSION}, kind {kind.written_as}. "
                f"Train and promote a version with this program."
            )
        expected = FILES if description["value"] is None else (*FILES, *VALUE_FILES)
        unlisted = [name for name in expected if name not in hashes]
        if unlisted:
            raise ValueError(f"{HASHES} does not list {', '.join(unlisted)}")
        curves = json.loads((path / "calibration.json").read_text("utf-8"))
        bounds = description["tier_bounds_fen"]
        return Bundle(
            features=tuple(description["features"]),
            fingerprint=description["fingerprint"],
            currency=description["currency"],
            maps=description["maps"],
            label=description["label"],
            shape=description["shape"],
            booster=_booster(path / "churn.txt"),
            calibration=Calibration.read(curves),
            evaluation=Evaluation.read(path / "evaluation.json"),
            card=(path / "card.md").read_text("utf-8"),
            tier_bounds_fen=None if bounds is None else (bounds[0], bounds[1], bounds[2]),
            value=_read_value(path, description["value"], hashes),
            report=(path / REPORT).read_text("utf-8") if REPORT in hashes else None,
            compiled=_compiled(path / EXPLAINER, hashes),
            kind=kind.from_json(description),
            definitions=description.get("definitions"),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(
            f"{path}: not a whole bundle ({error}). Restore it from the registry or {kind.remedy}."
        ) from error


def value_terms(path: Path) -> Terms:
    """The terms by which the bundle in `path` weighs a margin, without reading its models.

    See `training.value.at_stake`.

    Raises BundleError where its description cannot be read.
    """
    try:
        description = json.loads((path / "bundle.json").read_text("utf-8"))
        value = description["value"]
        discount = None if value is None else float(value["annual_discount"])
        return Terms(description["label"]["horizon_days"], discount)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(
            f"{path}: the model's terms cannot be read ({error!r}). Restore it from the registry "
            f"or {BaseCustomers.remedy}."
        ) from error


def _value_json(value: ValueModels | None) -> dict[str, Any] | None:
    """What stands in bundle.json of the models of value, besides their boosters."""
    if value is None:
        return None
    return {
        "least_bill": value.least_bill,
        "base_risk": dict(value.base_risk),
        "annual_discount": value.annual_discount,
    }


def _read_value(
    path: Path, written: dict[str, Any] | None, hashes: dict[str, str]
) -> ValueModels | None:
    if written is None:
        return None
    tier, margin = (_booster(path / name) for name in VALUE_FILES)
    compiled = _compiled(path / TIER_EXPLAINER, hashes)
    return ValueModels(tier=tier, margin=margin, compiled=compiled, **written)


def _compiled(path: Path, hashes: dict[str, str]) -> Compiled | None:
    return read_compiled(path) if path.name in hashes else None


def _booster(path: Path) -> lgb.Booster:
    import lightgbm as lgb  # two seconds, of which most commands read no model

    return lgb.Booster(model_str=path.read_text("utf-8"))


def _depth(node: dict[str, Any]) -> int:
    if "split_index" not in node:
        return 0
    return 1 + max(_depth(node["left_child"]), _depth(node["right_child"]))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

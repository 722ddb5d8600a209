"""The whole job on a simulated operator: what a newcomer runs first.

Everything stands in the home, so that `serve`, `list` and the rest go on from there. A home
that already holds an operator is not touched.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from features import lake
from features.disk.atomic import remove
from features.disk.locks import emptying, writing
from features.errors import OutputError, PromotionRefused
from features.home import DEMO, Home
from features.imports.sources import import_feeds
from features.progress import Progress
from features.simulate import read_world, simulate
from serving import database
from serving.customers.potential import forget_confirmations
from serving.nightly import score_base
from serving.retention.lists import signs, write_list
from serving.scores import last_scores
from serving.scores.latest import Latest
from serving.scoring import Scorer, load_champion
from serving.scoring.reasons import spoken
from serving.service_settings import serving_settings
from training.evaluation.figures import INTERVAL
from training.indicators import Indicator
from training.indicators.comparison import GAP_CLOSED, ORACLE_AUC, RFM_AUC, SHARE_OF_ORACLE
from training.indicators.evaluation import (
    AUC,
    AVERAGE_PRECISION,
    BRIER_SKILL,
    CALIBRATION_SLOPE,
    OBSERVED_OVER_EXPECTED,
    TOP_DECILE_LIFT,
)
from training.indicators.value import MARGIN_MAE, TIER_KAPPA, TIER_UP_AP
from training.models.promotion import promote
from training.pictures.waterfall import save_waterfall
from training.pipeline import train

MONTHS = 15
LIST_SIZE = 500
RISKIEST = 10
EMPTIED = (
    "raw", "lake", "truth", "models", "mlartifacts", "mlflow.db", "latest.sqlite", "lists",
)  # fmt: skip
HEADLINES = (
    AUC,
    RFM_AUC,
    ORACLE_AUC,
    AVERAGE_PRECISION,
    TOP_DECILE_LIFT,
    CALIBRATION_SLOPE,
    OBSERVED_OVER_EXPECTED,
    BRIER_SKILL,
)
OF_VALUE = (TIER_KAPPA, TIER_UP_AP, MARGIN_MAE)


def run(
    home: Path, customers: int, seed: int, world: Path | None, progress: Progress
) -> dict[str, Any]:
    """Do it all and give back the figures, all of this run's test period and base.

    Raises OutputError where the home holds something else than a demo, and HomeBusy.
    """
    with writing(home, DEMO, new=True):
        return _run(home, customers, seed, world, progress)


def _run(
    home: Path, customers: int, seed: int, world: Path | None, progress: Progress
) -> dict[str, Any]:
    started = time.monotonic()
    _make_room(home)
    raw = Home(home).raw
    made = simulate(raw, customers, MONTHS, seed, read_world(world), progress)
    Home(home).demo_mark.write_text(f'{{"customers": {customers}, "seed": {seed}}}\n', "utf-8")
    (raw / "truth").rename(Home(home).truth)
    as_of = datetime.combine(made.as_of, datetime.min.time())
    now = as_of + timedelta(hours=6)  # the simulated operator's own clock
    import_feeds(home, raw / "mapping.toml", raw, now, progress)
    remove(raw)
    trained = train(home, as_of, progress)
    version, forced = _promote(home, trained.version, now, customers)
    base = score_base(home, as_of, progress)
    receipt = write_list(home, LIST_SIZE, Home(home).lists / "demo.csv", "en", now)
    figures = trained.bundle.evaluation
    riskiest = _riskiest(home)
    picture = _explain(home, riskiest[0]["customer_id"])
    return {
        **{
            one.name: figures.estimate(one).value
            for one in (*HEADLINES, SHARE_OF_ORACLE, GAP_CLOSED)
        },
        **{
            one.name: figures.part("value").estimate(one).value
            for own in OF_VALUE
            for one in (own, own.of("unchanged"))
        },
        "intervals": {one.name: figures.get(f"{one.name}{INTERVAL}") for one in HEADLINES},
        "without_cancel_requests": figures.get("without_cancel_requests"),
        "counts": figures["counts"],
        "version": version,
        "forced": forced,
        "as_of": base.as_of,
        "customers_scored": base.customers,
        "features": len(trained.bundle.features),
        "shape": trained.bundle.shape,
        "lake_fingerprint": lake.fingerprint(home),
        "riskiest": riskiest,
        "picture": str(picture),
        "report": str(Home(home).models / version / "report.html"),
        "list": vars(receipt),
        "seconds": round(time.monotonic() - started, 1),
        "peak_memory_mb": round(_peak_memory_mb()),
    }


def story(home: Path, result: dict[str, Any]) -> str:
    """The result as a newcomer reads it."""
    counts = result["counts"]
    lines = [
        "",
        f"Churn risk, judged out of time on {counts['customers']:,} customers, of whom "
        f"{counts['churners']:,} left ({counts['dates'][0]} to {counts['dates'][-1]}):",
        "",
    ]
    for one in HEADLINES:
        lines.append(
            f"  {one.en:<24}{one.written(result[one.name]):>8}"
            f"   {_interval(one, result['intervals'].get(one.name))}"
        )
    lines += [
        "",
        "Value, after the next three bills, against telling everyone that nothing changes:",
        "",
    ]
    for one in OF_VALUE:
        unchanged = one.written(result[one.of("unchanged").name])
        lines.append(f"  {one.en:<30}{one.written(result[one.name]):>8}   unchanged: {unchanged}")
    lines += [
        "",
        f"The {len(result['riskiest'])} customers with the highest risk at {result['as_of']}, "
        "and the signs that go with leaving:",
        "",
    ]
    for customer in result["riskiest"]:
        lines.append(
            f"  {customer['customer_id']}  {customer['churn_risk']:6.1%}   "
            f"{customer['signs'][0] if customer['signs'] else ''}"
        )
        lines += [f"  {'':>19}{sign}" for sign in customer["signs"][1:]]
    first = result["riskiest"][0]["customer_id"]
    (answer,) = Scorer(home).score([first], "en")
    lines += [
        "",
        f"Why {first} may leave: {answer['churn_risk']:.1%} in the 30 days that begin 14 days "
        f"from {answer['as_of']} (version {answer['model_version']})",
        "",
    ]
    for reason in answer["reasons"]:
        arrow = "leave" if reason["direction"] == "leave" else "stay "
        lines.append(f"  {arrow} {reason['effect']:+.2f}  [{reason['group']}] {_sign(reason)}")
    if answer["value_tier"]:
        lines += ["", f"  worth: {_worth(answer)}"]
    listed = result["list"]
    excluded = ", ".join(f"{count:,} {rule}" for rule, count in listed["excluded"].items())
    lines += [
        "",
        f"  picture: {result['picture']}",
        f"  report of the model: {result['report']}",
        "",
        f"A list of {listed['count']:,} customers, by {listed['order'].replace('_', ' ')}: "
        f"{Home(home).lists / listed['file']}",
        f"  left out: {excluded}",
        "",
        f"{result['seconds']:.0f} s, {result['peak_memory_mb']:,} MB at most. "
        + (
            f"The gate was overruled: {result['forced']}."
            if result["forced"]
            else f"The gate let version {result['version']} pass."
        ),
        "Next: make serve, and see README.md for the call.",
    ]
    return "\n".join(lines)


def _worth(answer: dict[str, Any]) -> str:
    """Tier, margin and value at stake of an answer, in one line; what is not known is left out."""
    told = [f"tier {answer['value_tier']}"]
    for field, words in (("margin_", "margin a month"), ("value_at_stake_", "value at stake")):
        for name, amount in answer.items():
            if name.startswith(field) and amount is not None:
                told.append(f"{words} {amount:,.0f} {name.removeprefix(field).upper()}")
    return ", ".join(told)


def _sign(reason: dict[str, Any]) -> str:
    """A reason's text without its last words, which the arrow says already."""
    text: str = reason["text"]
    return text.rpartition(" (")[0]


def _make_room(home: Path) -> None:
    """Remove an earlier demo; refuse a home that holds anything else.

    Of the operational database the keys stay, and open the next demo's service too.
    """
    if Home(home).lake.exists() and not Home(home).demo_mark.exists():
        raise OutputError(
            f"{home} holds an operator's data, and the demo would replace it. "
            f"Choose another folder with --home."
        )
    if Home(home).demo_mark.exists():
        _forget_confirmations(home)
    with emptying(home):
        for name in EMPTIED:
            remove(home / name)
        for picture in home.glob("explanation-*.png"):
            remove(picture)


def _forget_confirmations(home: Path) -> None:
    """The next demo's customers bear the same ids, and nobody confirmed them."""
    engine = database.open_engine(home, serving_settings(home).database_url)
    try:
        database.upgrade(engine)
        forget_confirmations(engine)
    finally:
        engine.dispose()


def _promote(home: Path, version: str, now: datetime, customers: int) -> tuple[str, str]:
    """Promote, past the gate if need be, as a small demo must: version, and why forced."""
    try:
        return promote(home, version, now)[0], ""
    except PromotionRefused as refusal:
        reason = f"a demo of {customers:,} customers: {'; '.join(refusal.details['failed'])}"
        return promote(home, version, now, force=True, reason=reason)[0], reason


def _riskiest(home: Path) -> list[dict[str, Any]]:
    """The eligible customers with the highest risk, with their signs for leaving."""
    scores = last_scores(home)
    features = {feature.name: feature for feature in load_champion(home).features}
    top = scores[scores["eligible"]].sort_values(
        ["churn_risk", "customer_id"], ascending=[False, True]
    )
    return [
        {
            "customer_id": row.customer_id,
            "churn_risk": row.churn_risk,
            "signs": signs(str(row.reasons), features, "en"),
        }
        for row in top.head(RISKIEST).itertuples()
    ]


def _explain(home: Path, customer_id: str) -> Path:
    """The shap waterfall of one customer, as a picture in the home."""
    champion = load_champion(home)
    rows = Latest(home).rows([customer_id], champion.bundle.features)
    matrix = rows.encoded(champion.bundle.features, champion.bundle.maps)
    values = [
        spoken(
            rows.categories[0].get(feature.name)
            if feature.is_category
            else None
            if np.isnan(rows.numbers[0, place])
            else float(rows.numbers[0, place]),
            feature.unit,
            "en",
        )
        for place, feature in enumerate(champion.features)
    ]
    path = Home(home).explanation(customer_id)
    bundle, modes = champion.bundle, np.array([rows.categories[0]["payment_mode"]], dtype=object)
    save_waterfall(
        path,
        f"{customer_id}: what moves the score, from the average of all customers to this one's",
        [feature.en for feature in champion.features],
        values,
        bundle.shap_values(matrix)[0],
        float(bundle.risk(bundle.raw(matrix), modes)[0]),
    )
    return path


def _interval(one: Indicator, bounds: list[float] | None) -> str:
    return f"95 %: {one.written(bounds[0])} to {one.written(bounds[1])}" if bounds else ""


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / (1024 if sys.platform == "darwin" else 1)

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
from features.words import say
from serving import database
from serving.access.clock import local_clock
from serving.customers.phones.files import import_phones
from serving.customers.rights.stored import forget_everyone
from serving.demo.campaign import make_campaign
from serving.demo.people import make_people, to_try
from serving.demo.rehearsal import rehearse
from serving.nightly import score_base
from serving.retention.lists import signs, write_list
from serving.scores import last_scores
from serving.scores.latest import Latest
from serving.scoring import load_champion
from serving.scoring.reasons import spoken
from serving.service_settings import serving_settings
from training.evaluation.figures import INTERVAL
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
    "erased.json",
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
    home: Path,
    customers: int,
    seed: int,
    world: Path | None,
    progress: Progress,
    language: str = "en",
) -> dict[str, Any]:
    """Do it all and return the figures, all of this run's test period and base.

    The list, the signs and the picture are in `language`.

    Raises OutputError where the home holds something else than a demo, and HomeBusy.
    """
    with writing(home, DEMO, new=True):
        return _run(home, customers, seed, world, progress, language)


def _run(
    home: Path,
    customers: int,
    seed: int,
    world: Path | None,
    progress: Progress,
    language: str,
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
    _import_phones(home, now, progress)
    remove(raw)
    trained = train(home, as_of, progress)
    version, forced = _promote(home, trained.version, now, customers)
    base = score_base(home, as_of, progress)
    receipt = write_list(home, LIST_SIZE, Home(home).lists / "demo.csv", language, now)
    with database.opened(home, serving_settings(home).database_url) as engine:
        campaign = make_campaign(home, engine, now, local_clock(home)(), progress)
        if campaign is not None:
            campaign["readout"] = rehearse(home, engine, campaign["id"], language, progress)
        people = make_people(home, engine, now)
        trying = to_try(home, engine)
    figures = trained.bundle.evaluation
    riskiest = _riskiest(home, language)
    picture = _explain(home, riskiest[0]["customer_id"], language)
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
        "campaign": campaign,
        "people": people,
        "to_try": trying,
        "seconds": round(time.monotonic() - started, 1),
        "peak_memory_mb": round(_peak_memory_mb()),
    }


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
        _forget_everyone(home)
    with emptying(home):
        for name in EMPTIED:
            remove(home / name)
        for picture in home.glob("explanation-*.png"):
            remove(picture)


def _forget_everyone(home: Path) -> None:
    """The next demo's customers bear the same ids, and are other persons."""
    engine = database.open_engine(home, serving_settings(home).database_url)
    try:
        database.upgrade(engine)
        forget_everyone(engine)
    finally:
        engine.dispose()


def _import_phones(home: Path, now: datetime, progress: Progress) -> None:
    settings = serving_settings(home)
    with database.opened(home, settings.database_url) as engine:
        file = Home(home).raw_phones
        import_phones(home, engine, file, settings.phones, now, progress)


def _promote(home: Path, version: str, now: datetime, customers: int) -> tuple[str, str]:
    """Promote, past the gate if need be, as a small demo must: version, and why forced."""
    try:
        return promote(home, version, now)[0], ""
    except PromotionRefused as refusal:
        reason = f"a demo of {customers:,} customers: {'; '.join(refusal.details['failed'])}"
        return promote(home, version, now, force=True, reason=reason)[0], reason


def _riskiest(home: Path, language: str) -> list[dict[str, Any]]:
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
            "signs": signs(str(row.reasons), features, language),
        }
        for row in top.head(RISKIEST).itertuples()
    ]


def _explain(home: Path, customer_id: str, language: str) -> Path:
    """The shap waterfall of one customer, as a picture in the home."""
    champion = load_champion(home)
    rows = Latest(home).rows([customer_id], champion.bundle.features)
    matrix = rows.encoded(champion.maps)
    values = [
        spoken(
            rows.categories[0].get(feature.name)
            if feature.is_category
            else None
            if np.isnan(rows.numbers[0, place])
            else float(rows.numbers[0, place]),
            feature.unit,
            language,
        )
        for place, feature in enumerate(champion.features)
    ]
    path = Home(home).explanation(customer_id)
    bundle, modes = champion.bundle, np.array([rows.categories[0]["payment_mode"]], dtype=object)
    save_waterfall(
        path,
        say("demo", "waterfall", language, customer=customer_id),
        [getattr(feature, language) for feature in champion.features],
        values,
        bundle.shap_values(matrix)[0],
        float(bundle.risk(bundle.raw(matrix), modes)[0]),
        language,
    )
    return path


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / (1024 if sys.platform == "darwin" else 1)

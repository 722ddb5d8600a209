"""A list's folder in the home: who is on it, who is not and why, and the proof of the choice.

members.parquet     the rows of the list, both arms
people.parquet      every customer of the night: the step that took them out, arm, best offer
options.parquet, certificate.json   the proof (`serving.retention.choice.certificate`)
curve.json          gain against spend
summary.json        what is said of the whole
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.disk.atomic import replace_json, replacing
from features.histories.bills.tiers import TIERS
from serving.retention.campaign.making import Made
from serving.retention.campaign.store import CURVE, MEMBERS, PEOPLE, SUMMARY
from serving.retention.choice.certificate import write_certificate
from serving.retention.drawing.arms import CONTROL, TREATED


def write_made(folder: Path, made: Made) -> dict[str, Any]:
    """Write all files of the list; the summary. Raises OutputError where the disk refuses."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in ((MEMBERS, made.members), (PEOPLE, people_of(made))):
        with replacing(folder / name) as temporary:
            rows.to_parquet(temporary, index=False)
    write_certificate(folder, made.picked.options, made.limited.limits, made.picked.choice)
    replace_json(folder / CURVE, made.curve.data())
    found = summary(made)
    replace_json(folder / SUMMARY, found)
    return found


def people_of(made: Made) -> pd.DataFrame:
    """One row a customer: customer_id, reason, arm, offer, channel, gain_fen, left_fen.

    `reason` is the step that took them out, "" for none; the others are of those whom none did:
    the best offer (by what the limits' prices leave), its gain, and what they leave of it. Of a
    list that is ranked the offer of most gain, and no prices.
    """
    found = pd.DataFrame(
        {
            "customer_id": made.people.scores["customer_id"],
            "reason": made.people.reason,
            "arm": None,
            "offer": None,
            "channel": None,
            "gain_fen": np.nan,
            "left_fen": np.nan,
        }
    )
    found.loc[made.free, "arm"] = np.where(made.draw.control, CONTROL, TREATED)
    options, priced = made.options, made.picked.priced_fen
    order = np.lexsort((-(options.gain_fen if priced is None else priced), options.customer))
    _, first = np.unique(options.customer[order], return_index=True)
    best = order[first]
    rows = made.free[options.customer[best]]
    arms = [options.arms[arm] for arm in options.arm[best].tolist()]
    found.loc[rows, "offer"] = [arm.offer for arm in arms]
    found.loc[rows, "channel"] = [arm.channel for arm in arms]
    found.loc[rows, "gain_fen"] = made.lots.expected_fen[best]
    found.loc[rows, "left_fen"] = np.nan if priced is None else priced[best]
    return found


def summary(made: Made) -> dict[str, Any]:
    """What is said of the whole list, amounts in the currency's unit."""
    members, choice = made.members, made.picked.choice
    treated = members[members["arm"] == TREATED]
    gain = made.expected.gain_fen
    return {
        "as_of": f"{made.as_of:%F}",
        "model_version": made.model_version,
        "risk": {name: made.label[name] for name in ("lead_days", "horizon_days")},
        "customers": len(made.people.scores),
        "steps": dict(made.people.steps),
        "free": len(made.free),
        "without_gain": len(made.free) - _with_gain(made),
        "listed": len(treated),
        "control": len(members) - len(treated),
        "committed": made.expected.cost_fen / 100,
        "gain_expected": {
            "value": (gain.value or 0.0) / 100,
            "low": (gain.low or 0.0) / 100,
            "high": (gain.high or 0.0) / 100,
        },
        "gap": choice.gap,
        "bound": choice.bound_fen / 100,
        "power": {**vars(made.power), "is_enough": made.power.is_enough},
        "control_draw": {
            "share": made.request.control_share,
            "seed": made.request.seed,
            "units": made.draw.units,
            "strata": made.draw.strata,
            "ties": len(made.ties),
            "ties_crossing": made.crossing,
            "ties_crossing_alone": made.crossing_alone,
        },
        "curve": {name: own for name, own in made.curve.data().items() if name != "points"},
        "by_offer": _counts(treated, "offer"),
        "by_channel": _counts(treated, "channel"),
        "equal_facts": equal_facts(made),
        "priors": "declared",
        **_learned(made, treated),
        **_trial(made),
    }  # fmt: skip


def _trial(made: Made) -> dict[str, Any]:
    """The treated whose offer was drawn by lot, with what they are expected to bring; nothing
    where none was to be."""
    if not made.request.trial_share:
        return {}
    places = made.picked.treated
    tried = places[made.lots.tried[made.options.customer[places]]]
    return {
        "trial": {
            "share": made.request.trial_share,
            "customers": len(tried),
            "gain_expected": float(made.lots.expected_fen[tried].sum()) / 100,
        }
    }


def _learned(made: Made, treated: pd.DataFrame) -> dict[str, Any]:
    """How much of what is assumed is evidence, and of which campaigns; nothing without any."""
    if made.learned is None:
        return {}
    tiers = treated["value_tier"].where(treated["value_tier"].isin(TIERS), TIERS[0])
    counts = Counter(zip(treated["offer"].tolist(), tiers.tolist(), strict=True))
    return {"priors": "updated", "evidence": made.learned.about(counts)}


def _with_gain(made: Made) -> int:
    return len(np.unique(made.options.customer[made.lots.expected_fen > 0]))


def _counts(members: pd.DataFrame, name: str) -> dict[str, int]:
    return {str(own): int(count) for own, count in members[name].value_counts().items()}


def equal_facts(made: Made) -> dict[str, int]:
    """How far offers differ among customers who may have the same ones: by prediction alone.

    `kinds`: sets of offers that customers are entitled to, among those whom no rule excludes;
    `differing`: kinds in which not all were offered the same; `customers`: on the list, in those;
    `otherwise`: of these, who is offered another thing than most of their kind on the list.
    """
    own = made.people.scores.iloc[made.free]
    offers = made.members[made.members["arm"] == TREATED].set_index("customer_id")["offer"]
    is_treated = ~made.draw.control
    seen = pd.DataFrame(
        {
            "kind": made.entitled,
            "offer": own["customer_id"].map(offers.to_dict()).astype(object).fillna("").to_numpy(),
        }
    )[is_treated]
    differing = seen.groupby("kind")["offer"].nunique().gt(1)
    listed = seen[seen["offer"] != ""]
    alike = listed.groupby(["kind", "offer"]).size().groupby("kind").max()
    return {
        "kinds": len(differing),
        "differing": int(differing.sum()),
        "customers": int(differing.loc[listed["kind"]].sum()) if len(listed) else 0,
        "otherwise": len(listed) - int(alike.sum()),
    }

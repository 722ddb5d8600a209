"""How customers answer when they are contacted: campaigns can be played on the truth.

Luck is common: whether a customer is reached, accepts and leaves hangs on numbers drawn from
the simulation's seed, the customer and the purpose alone (common random numbers; Glasserman
and Yao 1992, Management Science 38:884). The same customer with another offer, or with none,
meets the same luck, so that two outcomes differ by the effect only.

The value of a contact is, with reach r, acceptance a, survival S and margin V (1 with the
offer accepted, r reached and refused, 0 without contact), cost C on acceptance and contact
cost c:

    gain = r * (a * (S1 * V1 - C) + (1 - a) * Sr * V0 - S0 * V0) - c

`S * V` is one sum over twelve months, of survival times margin. `respond` plays it: the mean of
`saved_margin_fen`, less C for those who accepted and c for all, estimates the gain, not yet
discounted.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.errors import LakeError, SettingsError, UnknownCustomers
from features.simulate.truth.answers import MONTHS, Contacted, answers, expectations
from features.simulate.world.offers import GROUPS

Array = NDArray[Any]


def future_table(ids: Array, seed: int, hazards: Array, margin_fen: Array) -> pa.Table:
    """`truth/future`: what awaits each customer in the next months if nothing is done.

    `hazards`: groups (as GROUPS) x MONTHS x customers, the cumulated hazard of the month with
    the hidden traits in it; `margin_fen`: of a month stayed, per customer. Columns: customer_id,
    month (1 to 12), price, quality, loyalty, need, margin_fen, luck (the customer's seed).
    """
    n = len(ids)
    if hazards.shape != (len(GROUPS), MONTHS, n):
        raise ValueError(f"hazards: shape {hazards.shape}; expected {(len(GROUPS), MONTHS, n)}")
    who = np.repeat(np.arange(n), MONTHS)
    month = np.tile(np.arange(1, MONTHS + 1), n)
    return pa.table(
        {
            "customer_id": pa.array(ids, pa.string()).take(pa.array(who)),
            "month": month,
            **{name: hazards[i, month - 1, who] for i, name in enumerate(GROUPS)},
            "margin_fen": np.rint(margin_fen).astype(np.int64)[who],
            "luck": luck_of(seed, ids)[who],
        }
    )


def luck_of(seed: int, ids: Array) -> Array:
    """Each customer's seed (uint64), a hash of the simulation's seed and the customer's id."""
    return np.array(
        [
            int.from_bytes(blake2b(f"{seed}:{one}".encode(), digest_size=8).digest(), "big")
            for one in ids
        ],
        dtype=np.uint64,
    )


def respond(truth: Path, contacts: pd.DataFrame, draw: int = 0) -> pd.DataFrame:
    """What comes of each contact, one row per row of `contacts`, with its index.

    `contacts`: customer_id and offer, null for a customer who is not contacted (a control).
    `truth`: the folder that the simulation wrote; its `future` begins on the day after its last.
    `draw`: another number is other luck of the same customers.

    Columns: customer_id, offer, reached, accepted, `left_month` (1 to 12, null for those who stay),
    `saved_months` (of stay, against no contact; negative where the contact drove out),
    `margin_fen` (of the months stayed, the month of leaving not counted, the offer's cost not
    deducted) and `saved_margin_fen` (against no contact).

    Raises UnknownCustomers for ids that are not in the truth as customers of its last day,
    SettingsError for offers that are not in it or that are not for the customer's payment
    mode, and LakeError where the folder does not hold a truth.
    """
    return answers(_requested(truth, contacts), draw).set_axis(contacts.index)


def expect(truth: Path, contacts: pd.DataFrame) -> pd.DataFrame:
    """What each contact brings on average over all luck; arguments, index and errors as `respond`.

    Columns: customer_id, offer, acceptance (reached and accepted, as a share) and
    `saved_margin_fen`, against no contact, the offer's cost not deducted.
    """
    return expectations(_requested(truth, contacts)).set_axis(contacts.index)


def _requested(truth: Path, contacts: pd.DataFrame) -> Contacted:
    """The contacts, with hazards, margin, luck and the terms of the offer of each."""
    requested = contacts[["customer_id", "offer"]].reset_index(drop=True)
    future = _read(truth, "future", requested["customer_id"])
    hazards, margin, luck = _futures(future, requested["customer_id"])
    terms = _terms(_read(truth, "effects", requested["customer_id"]), requested)
    found = {
        str(name): terms[name].to_numpy(dtype=object if name == "acts_on" else None)
        for name in terms
    }
    return Contacted(requested, hazards, margin, luck, found)


def _read(truth: Path, name: str, ids: pd.Series) -> pd.DataFrame:
    path = truth / f"{name}.parquet"
    if not path.is_file():
        raise LakeError(
            f"{path} is not there. `respond` needs the truth/ folder that `liuke simulate` wrote; "
            f"real operators have none."
        )
    wanted = pc.field("customer_id").isin(pa.array(ids.unique(), pa.string()))
    found: pd.DataFrame = pq.read_table(path, filters=wanted).to_pandas()
    return found


def _futures(future: pd.DataFrame, ids: pd.Series) -> tuple[Array, Array, Array]:
    """Hazards (groups x MONTHS x contacts), monthly margin and luck of each contact."""
    known = pd.Index(future["customer_id"].unique())
    unknown = sorted(set(ids) - set(known))
    if unknown:
        raise UnknownCustomers(
            f"the truth knows no future of {len(unknown)} of these customers "
            f"(first: {unknown[0]}). "
            f"Ask only for customers who are in the network on its last day.",
            customer_ids=unknown,
        )
    future = future.sort_values(["customer_id", "month"])
    firsts = future[future["month"] == 1]
    row = pd.Index(firsts["customer_id"]).get_indexer(ids)
    hazards = future[list(GROUPS)].to_numpy(dtype=np.float64).reshape(-1, MONTHS, len(GROUPS))
    margin, luck = firsts["margin_fen"].to_numpy()[row], firsts["luck"].to_numpy()[row]
    return hazards[row].transpose(2, 1, 0), margin, luck


def _terms(effects: pd.DataFrame, requested: pd.DataFrame) -> pd.DataFrame:
    """The effects of each contact's offer in the truth; nothing happens without one."""
    terms = requested.merge(effects, on=["customer_id", "offer"], how="left", validate="m:1")
    missing = terms[terms["reach"].isna() & terms["offer"].notna()]
    if len(missing):
        first = missing.iloc[0]
        offers = ", ".join(
            sorted(effects.loc[effects["customer_id"] == first["customer_id"], "offer"])
        )
        raise SettingsError(
            f"{len(missing)} contacts make an offer that is not open to the customer (first: "
            f"{first['offer']!r} to {first['customer_id']}); open to that one: {offers}",
            offers=sorted(missing["offer"].unique()),
        )
    nothing: dict[str, Any] = {
        "reach": 0.0,
        "acceptance": 0.0,
        "effect_accepted": 0.0,
        "effect_refused": 0.0,
        "acts_on": "",
        "lasts_months": 0,
        "margin_share": 1.0,
    }
    return terms.fillna(nothing)

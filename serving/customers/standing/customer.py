"""How one customer stands by the declared rules, and every change of it, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from features.errors import LakeError, UnknownCustomers
from features.words import say, words
from serving.customers.standing.nights import history_of, kept_nights
from serving.customers.standing.rules import MEASURES


def customer_standing(home: Path, customer_id: str) -> dict[str, Any]:
    """The standing as the last night that changed it left it, and its history.

    Keys: customer_id; `rfm`, `credit` and `points`; `inputs`, by measure the values that it was
    computed from; `history`: as_of, measure, before, after, cause, the oldest first. Raises
    UnknownCustomers, and LakeError where no night has kept it.
    """
    history = history_of(home, customer_id)
    if not history:
        if not kept_nights(home):
            raise LakeError("no night has kept the standing. Run `liuke score --as-of DATE`.")
        raise UnknownCustomers(
            f"{customer_id} was not in the network at any night that was scored, or the id is "
            f"wrong.",
            customer_ids=[customer_id],
        )
    last = {one["measure"]: one for one in history}
    return {
        "customer_id": customer_id,
        "rfm": last["rfm"]["after"],
        "credit": last["credit"]["after"],
        "points": int(last["points"]["after"]),
        "inputs": {name: last[name]["inputs"] for name in MEASURES},
        "history": [
            {name: value for name, value in one.items() if name != "inputs"} for one in history
        ],
    }


def in_words(found: dict[str, Any], language: str) -> str:
    """The standing as people read it."""
    head = say(
        "standing", "stands", language,
        customer=found["customer_id"], rfm=found["rfm"], credit=found["credit"],
        score=found["inputs"]["credit"]["score"], points=found["points"],
    )  # fmt: skip
    return "\n".join([head, *(_line(one, language) for one in found["history"])])


def _line(one: dict[str, Any], language: str) -> str:
    known = words(language, "standing")
    after = one["after"] if one["before"] is None else f"{one['before']} → {one['after']}"
    return say(
        "standing", "stood", language,
        date=one["as_of"], measure=known[f"measure_{one['measure']}"], change=after,
        cause=known.get(f"cause_{one['cause']}", one["cause"]),
    )  # fmt: skip

"""Whether a list is as good as its certificate says: bound, gain, limits and gap, computed again.

    python benchmarks/certificate.py options.parquet certificate.json

Imports nothing of Liuke. With a multiplier of at least 0 for each limit, no choice within the
limits gains more than the limits times their multipliers plus, for each customer, the largest gain
net of multipliers, or 0 (the Lagrangian dual). Exit status 1 where anything does not agree.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

TOLERANCE = 1e-9  # relative: sums in another order


def pairs(claimed, table):
    """Of each limit: its value, its multiplier and how much of it each option uses."""
    limits, multipliers = claimed["limits"], claimed["multipliers"]
    if limits["budget_fen"] is not None:
        cost = table["cost_fen"].to_numpy().astype(float)
        yield "budget", limits["budget_fen"], multipliers["budget_fen"], cost
    channel = table["channel"].combine_chunks()
    codes, names = channel.indices.to_numpy(), channel.dictionary.to_pylist()
    for name, most in limits["channels"].items():
        own = [place for place, other in enumerate(names) if other == name]
        yield name, most, multipliers["channels"][name], np.isin(codes, own)
    for kind, by_code in limits["groups"].items():
        codes = table[f"group_{kind}"].to_numpy()
        order = np.argsort(codes, kind="stable")
        codes = codes[order]
        for code, most in by_code.items():
            first, last = np.searchsorted(codes, [int(code), int(code) + 1])
            yield f"{kind} {code}", most, multipliers["groups"][kind][code], order[first:last]


def check(options, certificate):
    """What does not agree, a line each; then the numbers that were computed."""
    table = pq.read_table(options)
    claimed = json.loads(Path(certificate).read_text("utf-8"))
    customer = table["customer"].to_numpy()
    gain, chosen = table["gain_fen"].to_numpy(), table["chosen"].to_numpy()
    found, bound, net = [], 0.0, gain.copy()
    for name, most, multiplier, use in pairs(claimed, table):
        is_places = use.dtype == np.int64
        taken = chosen[use].sum() if is_places else use[chosen].sum()
        if taken > most:
            found.append(f"{name}: {taken:g} used, {most} allowed")
        if not multiplier >= 0:
            found.append(f"{name}: its multiplier is {multiplier}, expected at least 0")
        bound += most * multiplier
        net[use if is_places else slice(None)] -= multiplier if is_places else multiplier * use
    best = np.zeros(customer.max(initial=-1) + 1)
    np.maximum.at(best, customer, net)
    bound += best.sum()
    if chosen.sum() != len(np.unique(customer[chosen])):
        found.append("a customer has more than one option")
    bound = max(bound, gain[chosen].sum())
    gap = (bound - gain[chosen].sum()) / bound if bound else 0.0
    numbers = {"chosen": int(chosen.sum()), "gain_fen": gain[chosen].sum(), "bound_fen": bound,
               "cost_fen": int(table["cost_fen"].to_numpy()[chosen].sum()), "gap": gap}  # fmt: skip
    for name, value in numbers.items():
        scale = 1.0 if name == "gap" else max(1.0, abs(value))
        if not abs(claimed[name] - value) <= TOLERANCE * scale:
            found.append(f"{name}: the certificate says {claimed[name]}, the options {value}")
    return found, numbers


if __name__ == "__main__":
    found, numbers = check(*sys.argv[1:])
    line = json.dumps({name: float(value) for name, value in numbers.items()})
    sys.stdout.write("\n".join([*(found or ["The certificate holds."]), line, ""]))
    sys.exit(1 if found else 0)

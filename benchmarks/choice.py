"""The choice of retention offers: seconds, memory and gap, each size in a process of its own.

Customers by eight arms (two offers by four channels), a budget and 200 capacities of channels,
cities, stores and managers. The certificate is checked by `certificate.py`, which imports nothing
of ours.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from alone import Figures, figures_of
from bars import Bar, table
from memory import peak_mb

from serving.retention.choice import Arm, Limits, Options, choose
from serving.retention.choice.certificate import CERTIFICATE, OPTIONS, write_certificate
from serving.retention.choice.curve import curve

CHANNELS = {"sms": 50, "call": 300, "shop": 800, "visit": 1500}  # fen a contact
OFFERS = {"gift": 1.0, "plan": 1.4}  # effect
CITIES, STORES, MANAGERS = 16, 140, 40
ARMS = tuple(Arm(offer, channel) for offer in OFFERS for channel in CHANNELS)
SEED = 7
PROGRAM = Path(__file__).with_name("certificate.py")
MAX_CURVE = 1_000_000  # customers: some twenty choices, one after the other
CAPACITIES = len(CHANNELS) + CITIES + STORES + MANAGERS

Found = TypeVar("Found")


def drawn(customers: int) -> tuple[Options, Limits]:
    """Customers with gains that differ from each other, and limits most of which bind."""
    random = np.random.default_rng(SEED)
    value = random.lognormal(9.5, 1, customers) * random.beta(1, 6, customers) * 3
    gain = np.empty((customers, len(ARMS)))
    cost = np.empty((customers, len(ARMS)), np.int64)
    for place, arm in enumerate(ARMS):
        accepted = random.beta(2, 5, customers) * (0.3 + 0.2 * (place % len(CHANNELS)))
        offer = (2_000 if arm.offer == "gift" else 4_000) * accepted
        cost[:, place] = offer.astype(np.int64) + CHANNELS[arm.channel]
        gain[:, place] = OFFERS[arm.offer] * accepted * value - cost[:, place]
    managers = random.integers(0, MANAGERS, customers)
    groups = {
        "city": random.integers(0, CITIES, customers).astype(np.int32),
        "store": random.integers(0, STORES, customers).astype(np.int32),
        "manager": np.where(random.random(customers) < 0.3, managers, -1).astype(np.int32),
    }
    own = np.repeat(np.arange(customers, dtype=np.int32), len(ARMS))
    arms = np.tile(np.arange(len(ARMS), dtype=np.int16), customers)
    options = Options(own, arms, gain.ravel(), cost.ravel(), ARMS, groups)

    def capacities(count: int, share: float) -> dict[int, int]:
        mean = share * customers / count
        return {code: int(mean * random.uniform(0.6, 1.4)) for code in range(count)}

    return options, Limits(
        int(customers * 180),
        {channel: int(customers * 0.045) for channel in CHANNELS},
        {
            "city": capacities(CITIES, 0.15),
            "store": capacities(STORES, 0.14),
            "manager": capacities(MANAGERS, 0.04),
        },
    )


def timed(run: Callable[[], Found]) -> tuple[float, Found]:
    """Seconds, and what came back."""
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found


def measured(customers: int) -> Figures:
    """Figures of one size, in this process."""
    small, alone = drawn(3_000), Limits(180)
    choose(*small), curve(small[0], alone)  # compiled, or read from where it is kept
    options, limits = drawn(customers)
    took, choice = timed(lambda: choose(options, limits))
    peak = peak_mb() * 1024**2
    alone = Limits(limits.budget_fen)
    took_alone, choice_alone = timed(lambda: choose(options, alone))
    multipliers = choice.multipliers
    by_group = [one for codes in multipliers.groups.values() for one in codes.values()]
    figures: Figures = {
        "seconds": took,
        "peak_bytes": peak,
        "gap": choice.gap,
        "chosen": len(choice.place),
        "binding": sum(one > 0 for one in [*multipliers.channels.values(), *by_group]),
        "seconds_of_budget": took_alone,
        "gap_of_budget": choice_alone.gap,
        "seconds_of_curve": timed(lambda: curve(options, alone))[0],
        "seconds_of_curves": round(timed(lambda: curve(options, limits))[0], 1)
        if customers <= MAX_CURVE
        else None,
    }
    with tempfile.TemporaryDirectory() as folder:
        figures["seconds_of_writing"], _ = timed(
            lambda: write_certificate(Path(folder), options, limits, choice)
        )
        command = [sys.executable, PROGRAM, Path(folder, OPTIONS), Path(folder, CERTIFICATE)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    figures["certificate"] = done.returncode
    figures["checked"] = json.loads(done.stdout.splitlines()[-1])
    return figures


def section(chosen: argparse.Namespace) -> str:
    """The section of the page, in Markdown, of one run."""
    runs = {}
    for customers in chosen.choices:
        runs[customers] = figures_of([__file__, "--customers", str(customers)], None)
        sys.stderr.write(f"choice of {customers:,}: {runs[customers]}\n")
    lines = [
        "## The choice of retention offers",
        "",
        f"Customers by {len(ARMS)} arms with a budget and {CAPACITIES} capacities of channels, "
        "cities, stores and managers, two threads. The library maq, which solves the case of a "
        "budget alone, does not install from the package index and was not measured.",
        "",
    ]
    if 1_000_000 in runs:
        million = runs[1_000_000]
        bars = [
            Bar("choice of a million", million["seconds"], " s", most=20),
            Bar("its peak memory with the options", million["peak_bytes"] / 1e9, " GB", most=6),
            Bar("gap to the bound", million["gap"], most=1e-4),
            Bar("gap that the certificate's program finds", million["checked"]["gap"], most=1e-4),
            Bar("exit status of that program", million["certificate"], most=0),
        ]
        lines += table(bars)
    lines += [
        "",
        "| customers | choice, s | peak, GB | gap | capacities that bind | chosen "
        "| curve, s | certificate written, s | budget alone, s | its gap | its curve, s |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for customers, run in runs.items():
        lines.append(
            f"| {customers:,} | {run['seconds']:.1f} | {run['peak_bytes'] / 1e9:.2f} "
            f"| {run['gap']:.1e} | {run['binding']} | {run['chosen']:,} "
            f"| {run['seconds_of_curves'] or '-'} | {run['seconds_of_writing']:.1f} "
            f"| {run['seconds_of_budget']:.2f} | {run['gap_of_budget']:.1e} "
            f"| {run['seconds_of_curve']:.2f} |"
        )
    return "\n".join([*lines, "", *_slope(runs), ""])


def _slope(runs: dict[int, Figures]) -> list[str]:
    """How seconds and memory grow from the smallest size to the largest."""
    if len(runs) < 2:
        return []
    least, most = min(runs), max(runs)
    grown = [np.log(runs[most][name] / runs[least][name]) / np.log(most / least)
             for name in ("seconds", "peak_bytes")]  # fmt: skip
    return [f"From {least:,} to {most:,} customers seconds grow as their number to the power of "
            f"{grown[0]:.2f}, memory to that of {grown[1]:.2f}."]  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, required=True)
    sys.stdout.write(json.dumps(measured(parser.parse_args().customers)) + "\n")

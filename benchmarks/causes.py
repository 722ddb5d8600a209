"""Reasons without their cause: in a world that lacks a cause, does its group stop appearing?

    .venv/bin/python benchmarks/causes.py > docs/causes.md

The default world, and the same one without the causes of one group at a time, nor what leads to
them by another way; other events go on (calls still drop, bills still jump). Friends drive hardly
anybody in the default world; they are stronger in the one held against that without them. Of the
riskiest customers of each test period a group appears if it is among the two strongest that speak
for leaving and carries a tenth of them (`training.evaluation.causes`). Progress goes to standard
error; 20,000 customers take about five minutes a world. `--keep FOLDER` as of `worlds.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from alone import Figures, figures_of
from worlds import measure

from training.evaluation.causes import TOP_SHARE, WEIGHTY

# By group what the default world loses: causes, and what leads to them of other groups' events
LOST: dict[str, dict[str, dict[str, float]]] = {
    "network": {"strength": {"network_trouble": 0.0}, "complaints": {"network_trouble": 0.0}},
    "people": {"strength": {"friends": 0.0}},
    "contract": {"strength": {"contract_end": 0.0, "early_life": 0.0}},
    "complaints": {
        "strength": {"complaint": 0.0, "cancel_request": 0.0},
        "cancel_request": {"gain": 0.0},
    },
    "billing": {
        "strength": {"bill_shock": 0.0, "arrears": 0.0},
        "complaints": {"billing_shock": 0.0},
        "competing": {"cut_off": 0.0},
    },
}
STRONGER: dict[str, dict[str, dict[str, float]]] = {"people": {"strength": {"friends": 0.03}}}
WHOLE = "default"
NO_ORACLE = {"oracle_paths": 0}  # not needed here


def world_text(changed: dict[str, dict[str, float]]) -> str:
    """The default world with these values, as a world file."""
    lines = [f'extends = "{WHOLE}"', *(f"{key} = {value}" for key, value in NO_ORACLE.items())]
    for table, values in changed.items():
        lines += [f"[{table}]", *(f"{key} = {value}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def with_causes(group: str) -> str:
    """The name of the world in which the group's causes are at work."""
    return f"more-{group}" if group in STRONGER else WHOLE


def judge(world: str, customers: int, seed: int) -> Figures:
    """The figures of `WHOLE`, of a world with a group's causes stronger, or without a group's."""
    changed = LOST | {with_causes(group): values for group, values in STRONGER.items()}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "world.toml"
        file.write_text(world_text(changed.get(world, {})), "utf-8")
        return measure(file, customers, seed, Path(folder) / "home")


def page(chosen: argparse.Namespace, results: dict[str, Figures]) -> str:
    """The Markdown page: of each group how often it appears, with its causes and without."""
    lines = [
        "# Without a cause",
        "",
        f"The default world of {chosen.customers:,} customers on the first day and 15 months, and "
        "the same world without the causes of one group of features, nor the events by which they "
        "would drive customers in another way (the rates after the semicolon, set to 0). All other "
        "events go on and are reported: calls drop, bills jump, debts grow, contracts end. A "
        "strength in brackets was raised for the world with them.",
        "",
        "Of the "
        f"{TOP_SHARE:.0%} riskiest of each test period a group *appears* if it is among the two "
        "groups that speak most for leaving and carries at least "
        f"{WEIGHTY:.0%} of all that speaks for it. Seed {chosen.seed}; "
        f"{platform.machine()}, Python {platform.python_version()}, LightGBM "
        f"{version('lightgbm')}, {os.cpu_count()} cores.",
        "",
        f"Made by `benchmarks/causes.py --customers {chosen.customers}`.",
        "",
        "| group | taken away | appears with them | among the two strongest where one of them "
        "drives the customer | appears without them | AUC with, without |",
        "|---|---|---|---|---|---|",
    ]
    for group in chosen.without:
        whole, without = results[with_causes(group)], results[group]
        cells = [
            group,
            _taken_away(group),
            f"{whole['reasons']['appears'][group]:.1%}",
            _shown_where_it_drives(whole, group),
            f"{without['reasons']['appears'][group]:.1%}",
            f"{whole['auc']:.3f}, {without['auc']:.3f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        "Billing holds the bills and top-ups of the prepaid too, which shrink as their use fades, "
        "a cause that stays. Usage is not tried: whatever customers do shows in it.",
    ]
    return "\n".join(lines) + "\n"


def _taken_away(group: str) -> str:
    """The causes, with the strength that was given to them for the comparison; then the rates."""
    given = STRONGER.get(group, {}).get("strength", {})
    causes = [
        name.replace("_", " ") + (f" (at {given[name]:g})" if name in given else "")
        for name in LOST[group]["strength"]
    ]
    rates = [
        f"`{table}.{name}`"
        for table, values in LOST[group].items()
        for name in values
        if table != "strength"
    ]
    return "; ".join(", ".join(names) for names in (causes, rates) if names)


def _shown_where_it_drives(figures: Figures, group: str) -> str:
    """Of the riskiest whose cause is of this group, the share with it among the two strongest."""
    causes = [cause for cause in figures["reasons"]["by_cause"].values() if cause["group"] == group]
    rows = sum(cause["rows"] for cause in causes)
    if not rows:
        return "none"
    return f"{sum(cause['share'] * cause['rows'] for cause in causes) / rows:.1%} of {rows}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", nargs="*", default=list(LOST), choices=list(LOST))
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=104)
    parser.add_argument("--keep", type=Path, help="a folder for the figures of each world")
    parser.add_argument("--alone", help="one world, its figures as JSON")
    chosen = parser.parse_args()
    if chosen.alone:
        sys.stdout.write(json.dumps(judge(chosen.alone, chosen.customers, chosen.seed)))
        return
    worlds = [world for group in chosen.without for world in (with_causes(group), group)]
    results = {world: _kept(world, chosen) for world in dict.fromkeys(worlds)}
    sys.stdout.write(page(chosen, results))


def _kept(world: str, chosen: argparse.Namespace) -> Figures:
    """The world's figures: as they are kept, or of a run."""
    kept = chosen.keep and chosen.keep / f"causes-{world}-{chosen.customers}-{chosen.seed}.json"
    options = ["--alone", world, "--customers", str(chosen.customers), "--seed", str(chosen.seed)]
    return figures_of([__file__, *options], kept)


if __name__ == "__main__":
    main()

"""Writes the worlds that `campaigns.py` played into docs/campaigns.md, as a table and a picture.

    .venv/bin/python benchmarks/rounds_page.py LARGE.jsonl SMALL.jsonl

Both files are `campaigns.py --rows`; the table and the picture are of the first, and of the second
is the line of summary alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

DOCS = Path(__file__).parents[1] / "docs"
PAGE, PICTURE = DOCS / "campaigns.md", DOCS / "pictures" / "rounds.png"
BEGINS, ENDS = (
    "<!-- benchmarks/rounds_page.py begins -->",
    "<!-- benchmarks/rounds_page.py ends -->",
)
ROUNDS = ("first", "second", "third")
SIMPLE = (
    "nobody", "by_risk", "by_value", "by_lot", "by_risk_declared", "by_value_declared",
    "by_lot_declared",
)  # fmt: skip
PAYS = 0.01  # of the budget: the least that the oracle gains where a share of it is said
Row = dict[str, Any]


def simple(row: Row) -> float:
    """What the best of the simple rules gains."""
    return float(max(row["gains"][name] for name in SIMPLE))


def pays(row: Row) -> bool:
    return bool(row["gains"]["oracle"] >= PAYS * row["budget"])


def share(row: Row) -> float:
    return float(row["gains"]["third"] / row["gains"]["oracle"])


def summary(rows: list[Row]) -> str:
    """One row of the table of sizes."""
    paying = [share(row) for row in rows if pays(row)]
    below = [(simple(row) - row["gains"]["third"]) / row["budget"] for row in rows]
    spending = [row for row in rows if row["harmful"]]
    idle = [row for row in rows if not pays(row) and not row["harmful"]]
    median, tenth = np.quantile(paying, [0.5, 0.1]) if paying else (np.nan, np.nan)
    lost = -min((row["gains"]["third"] / row["budget"] for row in idle), default=0.0)
    return (
        f"| {rows[0]['customers']:,} | {len(rows)} | {len(paying)} | {median:.0%} | {tenth:.0%} | "
        f"{sum(one > PAYS for one in below)} | {max(0.0, max(below)):.1%} | "
        f"{sum(row['spent']['third'] > 0 for row in spending)} of {len(spending)} | "
        f"{len(idle)} | {max(0.0, lost):.1%} |"
    )


def table(rows: list[Row]) -> str:
    """Each world, in thousands of the currency, those in which contact gains most first."""
    lines = [
        "| world | oracle | list 1 | list 2 | list 3 | best simple rule | list 3 of oracle "
        "| list 3 spends |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda row: (row["harmful"], -row["gains"]["oracle"])):
        own = row["gains"]
        amounts = (own["oracle"], *(own[name] for name in ROUNDS), simple(row))
        shown = " | ".join(f"{amount / 1000:,.1f}" for amount in amounts)
        of_oracle = f"{share(row):.0%}" if pays(row) else ""
        kind = " harms" if row["harmful"] else ""
        lines.append(
            f"| {row['seed']}{kind} | {shown} | {of_oracle} | {row['spent']['third'] / 1000:,.1f} |"
        )
    return "\n".join(lines)


def picture(rows: list[Row]) -> Figure:
    """True gains of the three lists over the budget: worlds that pay, and the others."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    groups = (
        ("Some offer pays", [row for row in rows if pays(row)]),
        ("No offer pays", [row for row in rows if not pays(row)]),
    )
    for axes, (name, own) in zip(figure.subplots(1, 2), groups, strict=True):
        axes.set_title(f"{name}: {len(own)} worlds", loc="left", fontsize=11)
        _draw(axes, own)
    return figure


def _draw(axes: Axes, rows: list[Row]) -> None:
    gains = np.array([_over_budget(row) for row in rows]).reshape(-1, 5)
    axes.axhline(0, color="0.6", linewidth=0.8)
    axes.plot(np.arange(1, 4), gains[:, :3].T, color="#4c78a8", alpha=0.3, linewidth=0.8)
    for place, column in zip((1, 2, 3, 4.2, 5), gains.T, strict=True):
        low, median, high = np.quantile(column, [0.1, 0.5, 0.9]) if len(column) else [np.nan] * 3
        colour = "#4c78a8" if place < 4 else "#e45756" if place == 5 else "#72b7b2"
        axes.plot([place, place], [low, high], color=colour, linewidth=5, alpha=0.5)
        axes.plot(place, median, "o", color=colour)
    axes.set_xticks([1, 2, 3, 4.2, 5], ["list 1", "list 2", "list 3", "best\nsimple", "oracle"])
    axes.set_ylabel("true gain, % of the budget")
    axes.spines[["top", "right"]].set_visible(False)


def _over_budget(row: Row) -> NDArray[np.float64]:
    own = [*(row["gains"][name] for name in ROUNDS), simple(row), row["gains"]["oracle"]]
    return 100 * np.array(own, dtype=np.float64) / row["budget"]


def page(large: list[Row], small: list[Row]) -> str:
    """What stands between the marks in docs/campaigns.md."""
    return "\n".join(
        [
            "| customers | worlds | of them pay | list 3 of the oracle, median | tenth percentile "
            "| below the best simple rule | by at most | spend where all harms | nothing pays "
            "| loses there at most |",
            "|---|---|---|---|---|---|---|---|---|---|",
            summary(large), summary(small), "",
            "![True gains of three lists beside the best simple rule and the oracle]"
            "(pictures/rounds.png)",
            "", table(large),
        ]
    )  # fmt: skip


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def main() -> None:
    large, small = (read(Path(name)) for name in sys.argv[1:3])
    picture(large).savefig(PICTURE, dpi=110)
    before, _, rest = PAGE.read_text("utf-8").partition(BEGINS)
    after = rest.partition(ENDS)[2]
    own = f"{BEGINS}\n\n{page(large, small)}\n\n{ENDS}"
    PAGE.write_text(before + own + after, "utf-8")


if __name__ == "__main__":
    main()

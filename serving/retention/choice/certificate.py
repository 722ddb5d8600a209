"""The proof beside a list: all options in a Parquet file, limits and multipliers in JSON.

`benchmarks/certificate.py`, which imports nothing of ours, computes bound, gain and gap from them
again. Both files take their places together, or none does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.disk.atomic import json_text, replacing_together
from serving.retention.choice import Choice, Limits, Multipliers, Options

OPTIONS, CERTIFICATE = "options.parquet", "certificate.json"
ROWS_AT_ONCE = 1_000_000


def write_certificate(folder: Path, options: Options, limits: Limits, choice: Choice) -> None:
    """Write `options.parquet` and `certificate.json` of this choice into the folder.

    Columns: customer (place), offer, channel, gain_fen, cost_fen, chosen; of each kind of group
    its code, -1 without, as group_KIND. Raises OutputError where the disk refuses; then the files
    are as they were.
    """
    with replacing_together(folder / OPTIONS, folder / CERTIFICATE) as (table, text):
        _write_options(table, options, choice)
        text.write_text(json_text(certificate(limits, choice)), "utf-8")


def certificate(limits: Limits, choice: Choice) -> dict[str, Any]:
    """What is claimed of the choice, as JSON: limits, multipliers, gain, cost, bound and gap."""
    return {
        "limits": _named(limits.budget_fen, limits),
        "multipliers": _named(choice.multipliers.budget, choice.multipliers),
        "chosen": len(choice.place),
        "gain_fen": choice.gain_fen,
        "cost_fen": choice.cost_fen,
        "bound_fen": choice.bound_fen,
        "gap": choice.gap,
    }


def _named(budget: float | None, of: Limits | Multipliers) -> dict[str, Any]:
    groups = {kind: {str(code): one for code, one in codes.items()}
              for kind, codes in of.groups.items()}  # fmt: skip
    return {"budget_fen": budget, "channels": dict(of.channels), "groups": groups}


def _write_options(path: Path, options: Options, choice: Choice) -> None:
    arms = [(arm.offer, arm.channel) for arm in options.arms]
    offers, channels = (pa.array([arm[place] for arm in arms], pa.string()) for place in (0, 1))
    chosen = np.zeros(len(options.customer), bool)
    chosen[choice.place] = True
    kinds = [(f"group_{kind}", pa.int32()) for kind in options.groups]
    words = pa.dictionary(pa.int16(), pa.string())
    schema = pa.schema([("customer", pa.int32()), ("offer", words), ("channel", words),
                        ("gain_fen", pa.float64()), ("cost_fen", pa.int64()),
                        ("chosen", pa.bool_()), *kinds])  # fmt: skip
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, len(chosen), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            own, arm = options.customer[rows], pa.array(options.arm[rows])
            columns = [own, pa.DictionaryArray.from_arrays(arm, offers),
                       pa.DictionaryArray.from_arrays(arm, channels), options.gain_fen[rows],
                       options.cost_fen[rows], chosen[rows]]  # fmt: skip
            columns += [np.asarray(codes)[own] for codes in options.groups.values()]
            writer.write_table(pa.table(columns, schema=schema))

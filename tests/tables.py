"""A table as a user might bring it: Chinese names, commas for points, blanks, dates, a key."""

from __future__ import annotations

import numpy as np
import pandas as pd

TARGET, YES = "离网", "是"
PLANS = ("畅享", "飞享", "大王卡")


def customers(count: int = 300, seed: int = 1) -> pd.DataFrame:
    """`count` customers, all as text; those of plan 飞享 and those who are new leave more often."""
    random = np.random.default_rng(seed)
    months = random.integers(0, 60, count)
    plan = random.choice(PLANS, count)
    fee = np.char.replace(np.char.mod("%.2f", random.gamma(4, 20, count)), ".", ",")
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 700, count), unit="D")
    score = -0.5 - 0.08 * (months - 20) + 1.5 * (plan == "飞享")
    left = random.random(count) < 1 / (1 + np.exp(-score))
    return pd.DataFrame(
        {
            "客户编号": [f"C{number:05d}" for number in range(count)],
            "在网时长": months.astype(str),
            "套餐": plan,
            "月费": np.where(random.random(count) < 0.1, " ", fee),
            "开户日期": days.strftime("%Y-%m-%d"),
            "实名": random.choice(["是", "否"], count),
            "备注": "",
            "币种": "CNY",
            TARGET: np.where(left, YES, "否"),
        }
    )

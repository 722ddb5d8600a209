from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from features.simulate.events.ledger import Ledger
from features.simulate.events.surveys import ANSWERING_SHARE, SurveyBook
from features.simulate.world.weeks import microseconds, week_of

N = 20_000
IDS = np.array([f"C{i + 1:07d}" for i in range(N)], dtype=object)
ZERO = np.zeros(N)


def answers(folder: Path, complaint: np.ndarray, last: np.ndarray, weeks: int = 5) -> pd.DataFrame:
    ledger = Ledger(folder, "0000", IDS, microseconds(date(2030, 1, 1)))
    book, rng = SurveyBook("V01"), np.random.default_rng(1)
    for number in range(weeks):
        week = week_of(date(2024, 12, 2), number)
        book.add_week(ledger, week, complaint, ZERO, ZERO, np.zeros(N, np.int64), last, rng)
    ledger.close()
    return pd.read_parquet(folder / "surveys" / "0000.parquet")


def test_a_few_answer_each_week_and_each_answer_has_its_number(tmp_path: Path) -> None:
    rows = answers(tmp_path, ZERO, np.full(N, 6))
    assert 0.8 < len(rows) / (5 * N * ANSWERING_SHARE) < 1.2
    assert rows["survey_id"].is_unique
    assert rows["survey_id"].str.startswith("V01").all()
    assert rows["score"].between(0, 10).all()
    assert (rows["event_time"] < rows["known_at"]).all()


def test_who_has_an_open_complaint_scores_lower_but_not_always(tmp_path: Path) -> None:
    complaint = np.where(np.arange(N) % 2, 1.0, 0.0)
    rows = answers(tmp_path, complaint, np.full(N, 6))
    upset = rows["customer_id"].str[1:].astype(int) % 2 == 0
    scores, others = rows.loc[upset, "score"], rows.loc[~upset, "score"]
    assert scores.mean() < others.mean() - 3
    assert scores.max() > others.min()


def test_some_say_why_and_the_unhappy_complain(tmp_path: Path) -> None:
    rows = answers(tmp_path, np.ones(N), np.full(N, 6))
    assert 0.3 < rows["text"].notna().mean() < 0.5
    assert rows.loc[rows["score"] <= 6, "text"].dropna().str.len().mean() > 8


def test_only_customers_who_are_there_answer(tmp_path: Path) -> None:
    last = np.where(np.arange(N) < N // 2, -1, 6)
    rows = answers(tmp_path, ZERO, last)
    assert (rows["customer_id"].str[1:].astype(int) > N // 2).all()

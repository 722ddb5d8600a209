"""Scores of customers, and of rows of one's own."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from serving.http.contract.schemas import MAX_IDS, ScoreRequest, ScoreRowsAnswer, ScoreRowsRequest
from serving.http.contract.table import NOT_READY, Limit, Route, Who

SCORE_LIMIT = Limit("body_limit_bytes", MAX_IDS)
ROWS_LIMIT = Limit("body_limit_bytes", "table_rows")


def scores(score_answer: type[BaseModel]) -> Iterable[Route]:
    """What a model says, of customers and of rows."""
    yield Route(
        "/score",
        "POST",
        Who.KNOWN,
        "Churn risk, value and reasons of 1 to 1,000 customers.",
        score_answer,
        "score",
        form=ScoreRequest,
        limit=SCORE_LIMIT,
        refusals=(*NOT_READY, "objection", "unknown_customers"),
        note="All or nothing: one id that is unknown, or of a customer who objects to automated "
        "decisions, refuses the request and is named. Where nothing can be scored now, the answer "
        "is last night's or by rule and says so; without either it is 503.",
    )
    yield Route(
        "/score-rows",
        "POST",
        Who.KNOWN,
        "Risk and reasons of rows of a table of your own, by the table's model.",
        ScoreRowsAnswer,
        "scoreRows",
        form=ScoreRowsRequest,
        limit=ROWS_LIMIT,
        refusals=("bundle", "settings", "unknown_table", "table"),
        note="All or nothing: other columns, or a value that a column cannot hold, refuse all.",
    )

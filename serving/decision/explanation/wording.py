"""An explanation as lines of text, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from features.words import say

Answer = Mapping[str, Any]


def in_words(answer: Answer, language: str) -> str:
    """The decision, the verdict, the data that were used, and what each change leads to."""
    return "\n".join(_lines(answer, language))


def _lines(answer: Answer, language: str) -> Iterator[str]:
    unknown = say("explanation", "unknown", language)
    about = {
        name: answer[name] or unknown
        for name in ("decision_id", "at", "customer_id", "answered_by", "model_version")
    }
    yield say("explanation", "explained", language, **about, **_outcome(answer, language))
    yield answer["text"]
    yield say("explanation", "data_title", language)
    data = answer["data"]
    for feed in data["feeds"]:
        own = feed | {"latest": feed["latest"] or unknown}
        yield say("explanation", "feed_line", language, **own)
    for line in (*data["features"], *data["beside"]):
        yield say("explanation", "text_line", language, text=line["text"])
    if data["unsaid"]:
        yield say("explanation", "unsaid_line", language, unsaid=data["unsaid"])
    if answer["changes"]:
        yield say("explanation", "changes_title", language)
    for change in answer["changes"]:
        yield _change(change, language)


def _change(change: Answer, language: str) -> str:
    nothing = say("explanation", "nothing", language)
    offered = change["offered"]
    return say(
        "explanation",
        "change_line",
        language,
        text=change["text"],
        actions=", ".join(offered["actions"]) or nothing,
        blocked=", ".join(offered["blocked"]) or nothing,
        **_outcome(change, language),
    )


def _outcome(found: Answer, language: str) -> dict[str, str]:
    """Risk and band in words, each `unknown` where nothing was scored."""
    unknown = say("explanation", "unknown", language)
    if found["churn_risk"] is None:
        return {"risk": unknown, "band": unknown}
    band = say("explanation", f"band_{found['risk_band']}", language)
    return {"risk": f"{found['churn_risk']:.1%}", "band": band}

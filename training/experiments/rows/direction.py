"""Whether more of an outcome is better, as its name says: churn is to be avoided, renewal not.

An assumption that is shown with every result and can be overruled.
"""

from __future__ import annotations

import re

from training.forms.words import truth_of

AVOIDED = (
    "churn", "cancel", "attrition", "attrited", "lapse", "complain", "unsubscri", "terminat",
    "refund", "default", "bounce", "quit", "left", "leave", "leaving", "lost", "exited",
    "withdrawn", "dropout", "closed", "disconnect", "deactivat", "inactive", "ported",
)  # fmt: skip
AVOIDED_ZH = (
    "离网",
    "流失",
    "退订",
    "投诉",
    "销户",
    "注销",
    "取消",
    "退货",
    "退款",
    "逾期",
    "携出",
    "停机",
)
NEGATED = ("not", "no", "non", "without", "un")
NEGATED_ZH = ("未", "不", "非", "没")


def is_wanted(outcome: str, positive: str | None) -> bool:
    """Whether more of it is better; `positive` is the value that is counted, if any.

    >>> is_wanted("renew", "1"), is_wanted("Churned", "Yes"), is_wanted("churned", "No")
    (True, False, True)
    >>> is_wanted("status", "cancelled"), is_wanted("churn_status", "stayed")
    (False, True)
    """
    truth = None if positive is None else truth_of(positive)
    if positive is not None and truth is None:
        return not _is_avoided(positive)
    avoided = _is_avoided(outcome)
    return avoided if truth is False else not avoided


def _is_avoided(text: str) -> bool:
    for word in AVOIDED_ZH:
        before, found, _ = text.partition(word)
        if found:
            return not before.endswith(NEGATED_ZH)
    words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower())
    for place, word in enumerate(words):
        if word.startswith(AVOIDED):
            return not (place and words[place - 1] in NEGATED)
    return False

"""Words that mean the same wherever they stand: a missing value, yes, no.

One declared set for labels, numbers, dates and categories, in files, requests and MLflow. It holds
what pandas reads as missing, so that a frame of `pandas.read_csv` and the file itself agree. 无 is
not among the missing marks: it means no, beside 有.
"""

from __future__ import annotations

MARKS = frozenset({
    "na", "n/a", "n.a.", "#n/a", "#na", "#n/a n/a", "<na>", "nan", "-nan", "nat", "null", "(null)",
    "[null]", "<null>", "$null$", "#null!", "\\n", "none", "(none)", "<none>", "nil", "-", "--",
    "---", "—", "–", "?", "??", ".", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "undefined",
    "unknown", "(unknown)", "missing", "(missing)", "(empty)", "(blank)", "not available",
    "not applicable", "缺失", "未知", "不详", "不明", "不适用", "暂无", "空值",
})  # fmt: skip
YES = frozenset({
    "yes", "y", "true", "t", "1", "on", "是", "是的", "有", "真", "对", "ja", "j", "oui", "si",
    "sí", "sim", "да", "tak", "evet", "はい", "あり", "예",
})  # fmt: skip
NO = frozenset({
    "no", "n", "false", "f", "0", "off", "否", "不是", "无", "没有", "假", "非", "nein", "non",
    "não", "нет", "nie", "hayır", "いいえ", "なし", "아니요",
})  # fmt: skip


def is_mark(text: str) -> bool:
    """Whether a text (stripped) stands for a missing value; a blank one does.

    >>> is_mark("#N/A"), is_mark(""), is_mark("无")
    (True, True, False)
    """
    return not text or text.casefold() in MARKS


def truth_of(text: str) -> bool | None:
    r"""What a word plainly means, in capitals or not; null where it is neither yes nor no.

    >>> truth_of("YES"), truth_of("否"), truth_of("1.0"), truth_of("maybe")
    (True, False, True, None)
    """
    word = text.casefold()
    word = word.removesuffix(".0") if word in ("1.0", "0.0") else word
    return True if word in YES else False if word in NO else None

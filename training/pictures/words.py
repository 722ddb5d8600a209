"""The words inside pictures, in English and Chinese; the report's page uses the same."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "model": {"en": "model", "zh": "模型"},
    "RFM baseline": {"en": "RFM baseline", "zh": "RFM基线"},
    "best possible": {"en": "best possible", "zh": "理论上限"},
    "auc_axis": {
        "en": "AUC: chance to rank a churner above a stayer",
        "zh": "AUC：离网客户排在在网客户之前的概率",
    },
    "stayers_flagged": {"en": "stayers flagged", "zh": "被误标的在网客户"},
    "churners_found": {"en": "churners found", "zh": "找出的离网客户"},
    "list_customers": {"en": "customers on the list", "zh": "名单上的客户"},
    "list_churners": {"en": "churners on the list", "zh": "名单上的离网客户"},
    "tenths": {"en": "tenths of the customers, riskiest first", "zh": "按风险由高到低的十等份客户"},
    "left_in_window": {"en": "left in the window", "zh": "窗口期内离网"},
    "overall": {"en": "all customers: {rate}", "zh": "全体客户：{rate}"},
    "times": {"en": "{lift} times", "zh": "{lift}倍"},
    "contacted": {"en": "customers contacted, riskiest first", "zh": "被接触客户（风险由高到低）"},
    "profit_axis": {"en": "profit a customer of the base", "zh": "平均每位在网客户的利润"},
    "best_list": {"en": "most profit: {share}", "zh": "利润最高：{share}"},
    "calibrated": {"en": "calibrated", "zh": "完全校准"},
    "test_period": {"en": "test period", "zh": "测试期"},
    "expected_churn": {"en": "expected churn", "zh": "预期离网率"},
    "observed_churn": {"en": "observed churn", "zh": "实际离网率"},
    "push_axis": {
        "en": "pushes the score to stay (left) or to leave (right), log-odds",
        "zh": "把得分推向留网（左）或离网（右），对数几率",
    },
    "score_axis": {
        "en": "score in log-odds: towards leaving to the right, towards staying to the left",
        "zh": "得分（对数几率）：向右推向离网，向左推向留网",
    },
    "average_score": {"en": "average score {score}", "zh": "平均得分 {score}"},
    "its_score": {"en": "score {score}", "zh": "得分 {score}"},
    "its_score_and_risk": {
        "en": "score {score}; churn risk after calibration: {risk}",
        "zh": "得分 {score}；校准后的离网概率：{risk}",
    },
    "other_features": {"en": "{count} other features", "zh": "其他{count}个特征"},
    "all": {"en": "all", "zh": "全体"},
    "prepaid": {"en": "prepaid", "zh": "预付费"},
    "postpaid": {"en": "postpaid", "zh": "后付费"},
    "fit": {"en": "fit", "zh": "拟合"},
    "calibration": {"en": "calibration", "zh": "校准"},
    "test": {"en": "test", "zh": "测试"},
}


def word(key: str, language: str, **values: object) -> str:
    """The words of `key` in `language`, their places filled; what is not known is said as it is.

    >>> word("times", "zh", lift="4.2"), word("postpaid", "en"), word("hybrid", "zh")
    ('4.2倍', 'postpaid', 'hybrid')
    """
    return WORDS[key][language].format(**values) if key in WORDS else key

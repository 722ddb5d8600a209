"""What the columns of a list mean, in words and formulas, in English and Chinese."""

from __future__ import annotations

from features.windows import MONTH_DAYS
from training.value.at_stake import Terms

RISK = {
    "en": "calibrated probability of leaving in the {horizon} days after the lead time, if "
    "nothing is done",
    "zh": "提前期之后{horizon}天内的离网概率（已校准，不采取措施时）",
}
COLUMNS = {
    "rank": {"en": "place in the list, 1 first; by {order}", "zh": "名次，1为最先；按{order}排序"},
    "customer_id": {"en": "the customer's id, as in the feeds", "zh": "客户编号，与数据源一致"},
    "churn_risk": RISK,
    "value_tier": {
        "en": "diamond, gold, silver or standard, by the mean of the latest three bills; empty "
        "where no bill is known",
        "zh": "价值等级（钻石、金、银、普通），按最近三张账单的平均值；无账单时为空",
    },
    "revenue": {
        "en": "mean bill of the last 13 weeks, a month",
        "zh": "近13周平均每月账单金额",
    },
}
VALUED = {
    "value_at_stake": {
        "en": "expected margin of the next 12 months: the sum over m = 1 to 12 of "
        "S(m) x margin a month / (1 + {discount:g})^(m/12), where S(1) = 1 - q is the chance of "
        "staying the first month and each later month keeps the share that the mean risk of the "
        "payment mode leaves; empty where it is not known",
        "zh": "未来12个月的预期毛利：对m=1至12求和 S(m) × 月毛利 / (1+{discount:g})^(m/12)，"
        "其中S(1)=1-q为第一个月不离网的概率，之后每月按该付费方式的平均风险递减；未知时为空",
    },
    "expected_loss": {
        "en": "{formula}: what the risk of one month takes from the value of the next 12 months. "
        "It is more than churn_risk x value_at_stake, since value_at_stake holds the factor "
        "1 - q already; where q is 1, value_at_stake is 0 and this is all of it",
        "zh": "{formula}：一个月的离网风险使未来12个月价值减少的金额。它大于 churn_risk × "
        "value_at_stake，因为value_at_stake已含系数1-q；q为1时value_at_stake为0，本列即全部价值",
    },
}
SIGNS = {
    "sign_1": {
        "en": "sign_1 to sign_3: the strongest signs that go with leaving, at most one a fact; "
        "signs, not causes",
        "zh": "sign_1至sign_3：最强的离网迹象，每个事实至多一条；是迹象，不是原因",
    },
}
UNVALUED = {"en": "empty: the model predicts no value", "zh": "空：该模型不预测价值"}
AMOUNTS = ("revenue", "value_at_stake", "expected_loss")


def loss_formula(currency: str, terms: Terms) -> str:
    """How `expected_loss` follows from the list's own columns.

    >>> loss_formula("CNY", Terms(30, 0.08))
    'value_at_stake_cny x q / (1 - q), q = 1 - (1 - churn_risk)^(30.4375 / 30)'
    """
    return (
        f"value_at_stake_{currency.lower()} x q / (1 - q), "
        f"q = 1 - (1 - churn_risk)^({MONTH_DAYS:g} / {terms.horizon_days})"
    )


def legend(language: str, currency: str, order: str, terms: Terms) -> dict[str, str]:
    """The meaning of each column of a list, by its name; `terms` are those of the list's model."""
    predicted = terms.annual_discount is not None
    words = COLUMNS | (VALUED if predicted else dict.fromkeys(VALUED, UNVALUED)) | SIGNS
    return {
        f"{name}_{currency.lower()}" if name in AMOUNTS else name: meaning[language].format(
            order=order,
            horizon=terms.horizon_days,
            formula=loss_formula(currency, terms),
            discount=terms.annual_discount,
        )
        for name, meaning in words.items()
    }

"""A list in words: its columns, what they mean, and the rules that exclude customers.

The words stand in `features/words`. Receipts keep the English names in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from features.windows import MONTH_DAYS
from features.words import say, words
from serving.decision.decision_settings import Labels
from serving.retention.rules.last import LAST
from training.value.at_stake import Terms

COLUMNS = ("rank", "customer_id", "churn_risk", "value_tier", "revenue")
VALUED = ("value_at_stake", "expected_loss")
SIGNS = ("sign_1",)
AMOUNTS = ("revenue", "value_at_stake", "expected_loss")


def column_name(name: str, currency: str, language: str) -> str:
    """What a column is called in a list; the amounts name the currency.

    >>> column_name("revenue", "CNY", "en"), column_name("sign_2", "CNY", "zh")
    ('revenue_cny', '迹象2')
    """
    currency = currency.lower() if language == "en" else currency
    stem, _, place = name.partition("sign_")
    return say("list", f"column_{stem or 'sign'}", language, currency=currency, place=place)


def channels_in_words(
    names: Iterable[str | None], channels: Mapping[str, Labels], language: str
) -> list[str | None]:
    """By which channels contacts were made, in words; one that has none stands as it is.

    >>> channels_in_words(["store", "fax", None], {}, "en")
    ['at a store', 'fax', None]
    """
    texts = words(language, "list")

    def worded(name: str) -> str:
        if name in channels:
            return channels[name].of(language)
        return texts.get(f"contacted_{name}", name)

    return [None if name is None else worded(name) for name in names]


def loss_formula(currency: str, terms: Terms, language: str = "en") -> str:
    """How `expected_loss` follows from the list's own columns.

    >>> loss_formula("CNY", Terms(30, 0.08))
    'value_at_stake_cny x q / (1 - q), q = 1 - (1 - churn_risk)^(30.4375 / 30)'
    """
    value, risk = (
        column_name(name, currency, language) for name in ("value_at_stake", "churn_risk")
    )
    power = f"({MONTH_DAYS:g} / {terms.horizon_days})"
    return say("list", "formula", language, value=value, risk=risk, power=power)


def legend(language: str, currency: str, order: str, terms: Terms) -> dict[str, str]:
    """The meaning of each column of a list, by its name in English.

    `order` is that of the list, `terms` those of its model.
    """
    texts = words(language, "list")
    predicted = terms.annual_discount is not None
    return {
        column_name(name, currency, "en"): texts[
            name if predicted or name not in VALUED else "unvalued"
        ].format(
            order=order_words(order, language),
            horizon=terms.horizon_days,
            formula=loss_formula(currency, terms, language),
            discount=terms.annual_discount,
        )
        for name in (*COLUMNS, *VALUED, *LAST, *SIGNS)
    }


def order_words(order: str, language: str) -> str:
    """What a list is ordered by.

    >>> order_words("expected_loss", "zh"), order_words("churn_risk x revenue", "en")
    ('预期损失', 'churn_risk x revenue')
    """
    key = "order_expected_loss" if order == "expected_loss" else "order_revenue"
    return say("list", key, language)


def excluded_words(excluded: Mapping[str, int], language: str) -> str:
    """How many customers each rule excludes; those that exclude none are not named.

    >>> excluded_words({"open_complaint": 1200, "not_eligible": 3, "objection": 0}, "zh")
    '投诉未结1,200位、不适用3位'
    """
    each = [
        say("command", "excluded", language, count=count, rule=words(language, "list")[rule])
        for rule, count in excluded.items()
        if count
    ] or ["–"]
    return say("doctor", "between", language).join(each)

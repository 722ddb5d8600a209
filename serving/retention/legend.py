"""What the columns of a list mean, in words (`features/words`) and formulas."""

from __future__ import annotations

from features.windows import MONTH_DAYS
from features.words import words
from training.value.at_stake import Terms

COLUMNS = ("rank", "customer_id", "churn_risk", "value_tier", "revenue")
VALUED = ("value_at_stake", "expected_loss")
SIGNS = ("sign_1",)
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
    texts = words(language, "list")
    predicted = terms.annual_discount is not None
    return {
        f"{name}_{currency.lower()}" if name in AMOUNTS else name: texts[
            name if predicted or name not in VALUED else "unvalued"
        ].format(
            order=order,
            horizon=terms.horizon_days,
            formula=loss_formula(currency, terms),
            discount=terms.annual_discount,
        )
        for name in (*COLUMNS, *VALUED, *SIGNS)
    }

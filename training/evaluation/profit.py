"""What contacting the riskiest brings: profit curve and expected maximum profit (EMPC).

Verbraken, Verbeke and Baesens 2013, "A novel profit maximizing metric for measuring
classification performance of customer churn prediction models", IEEE TKDE 25(5), 961-973. A
contacted churner takes the offer with a chance that is itself uncertain, Beta(alpha, beta), and
then stays for `lifetime_value`; a contacted stayer takes it without need. The paper calls
churners class 0; here they are class 1, as everywhere.

It compares models. What a list earns is another matter: it takes that the contact works, and
knows every customer by one value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.statistics.logistic import Floats
from training.statistics.ranking import Weighed, rank


@dataclass(frozen=True)
class Economics:
    """A campaign's economics; the defaults are the paper's for telecom, amounts a customer.

    Only the ratios of the amounts matter for whom to contact. On the average
    `accept_alpha / (accept_alpha + accept_beta)` = 30 % of the contacted churners stay.
    """

    lifetime_value: float = 200.0
    offer_cost: float = 10.0
    contact_cost: float = 1.0
    accept_alpha: float = 6.0
    accept_beta: float = 14.0

    @property
    def acceptance(self) -> float:
        """The mean share of contacted churners who take the offer."""
        return self.accept_alpha / (self.accept_alpha + self.accept_beta)


@dataclass(frozen=True)
class MaximumProfit:
    """`profit` a customer of the base, and the `share` of the base to contact for it."""

    profit: float
    share: float


def expected_maximum_profit(
    churned: Floats, risk: Floats, weight: Floats, economics: Economics
) -> MaximumProfit | None:
    """EMPC: the profit of the best list for each acceptance, averaged over acceptances.

    All arrays of shape (n,). Null where no customer left or none stayed. The best list is known
    only afterwards: this is what the ranking holds, not what a threshold set before earned.

    >>> import numpy as np
    >>> churned, risk = np.array([0., 1, 0, 1, 0, 1, 0, 1]), np.arange(8) / 8
    >>> best = expected_maximum_profit(churned, risk, np.ones(8), Economics())
    >>> round(best.profit, 3), round(best.share, 3)
    (23.876, 0.874)
    """
    return best_list(rank(churned, risk).weigh(weight), economics)


def best_list(rows: Weighed, economics: Economics) -> MaximumProfit | None:
    """`expected_maximum_profit` of rows that are ranked already."""
    if not rows.has_both:
        return None
    from scipy.stats import beta

    # The convex hull of the ROC curve is the isotonic regression on the risk, whose blocks are
    # the hull's edges; a block pays from that acceptance on at which its mean profit is 0.
    rate, run = _blocks(rows)
    share = run / run.sum()
    offer = economics.offer_cost / economics.lifetime_value
    contact = economics.contact_cost / economics.lifetime_value
    cost = contact * rate + (offer + contact) * (1 - rate)
    with np.errstate(divide="ignore"):
        pays_from = np.where(rate > 0, cost / (rate * (1 - offer)), np.inf)
    chance = beta(economics.accept_alpha, economics.accept_beta).sf(pays_from)
    accepted = beta(economics.accept_alpha + 1, economics.accept_beta).sf(pays_from)
    gain = (1 - offer) * rate * economics.acceptance * accepted - cost * chance
    return MaximumProfit(
        profit=float(economics.lifetime_value * (share @ gain)), share=float(share @ chance)
    )


def _blocks(rows: Weighed) -> tuple[Floats, Floats]:
    """Churn rate and weight of the blocks of the ROC curve's convex hull, riskiest first."""
    from sklearn.isotonic import isotonic_regression

    heads = rows.ranking.heads
    run = np.add.reduceat(rows.weight, heads)
    left = np.add.reduceat(rows.weight * rows.ranking.churned, heads)
    run, left = run[run > 0], left[run > 0]
    rate = isotonic_regression(left / run, sample_weight=run, increasing=False)
    starts = np.append(0, np.flatnonzero(np.diff(rate)) + 1)
    return np.clip(rate[starts], 0, 1), np.add.reduceat(run, starts)


def profit_curve(churned: Floats, risk: Floats, economics: Economics) -> tuple[Floats, Floats]:
    """Profit a customer of the base when the riskiest share is contacted, at mean acceptance.

    Shares from 0 to 1 and profits, both of shape (n + 1,), the riskiest first.
    """
    order = np.argsort(-risk, kind="stable")
    left = np.append(0.0, np.cumsum(churned[order]))
    contacted = np.arange(len(risk) + 1.0)
    saved = economics.acceptance * (economics.lifetime_value - economics.offer_cost) * left
    spent = economics.contact_cost * contacted + economics.offer_cost * (contacted - left)
    customers = max(1, len(risk))
    return contacted / customers, (saved - spent) / customers

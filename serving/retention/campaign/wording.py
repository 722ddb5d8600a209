"""What is said of a campaign, as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import Any

from features.words import say
from serving.retention.campaign.store import READY, Campaign
from serving.retention.learned.wording import evidence_lines
from serving.retention.legend import excluded_words

PROVEN = 1e-9  # a gap of which only the rounding of sums is left


def summary_text(found: Campaign, currency: str, folder: Path, language: str) -> str:
    """The list in sentences: counts, gain, the next yuan, the control group, what is assumed."""
    if found.result is None:
        state = say("campaign", f"state_{found.state}", language)
        return f"{found.id}: {state}{f' ({found.error})' if found.error else ''}"
    lines = list(summary_lines(found.result, currency, language))
    lines.append(say("campaign", "files", language, id=found.id, folder=folder))
    lines.append(say("campaign", "expires", language, expires=f"{found.expires_at:%F}"))
    if found.state != READY:
        lines.append(say("campaign", f"state_{found.state}", language))
    return "\n".join(lines)


def summary_lines(result: Any, currency: str, language: str) -> Iterator[str]:
    """The sentences about a list that is made."""
    steps = {name: count for name, count in result["steps"].items() if count}
    yield say(
        "campaign", "made", language, listed=result["listed"], control=result["control"],
        free=result["free"], customers=result["customers"],
        excluded=excluded_words(steps, language),
    )  # fmt: skip
    gain = result["gain_expected"]
    yield say(
        "campaign", "gain", language, currency=currency, committed=_money(result["committed"]),
        gain=_money(gain["value"]), low=_money(gain["low"]), high=_money(gain["high"]),
        best=best_words(result["gap"], language),
    )  # fmt: skip
    budget = result["curve"]["budget"]
    if budget is not None:
        yield say(
            "campaign", "next_yuan", language, currency=currency,
            marginal=f"{budget['marginal']:.2f}", stop=_money(result["curve"]["stop"]["spend"]),
        )  # fmt: skip
    yield _power(result["power"], language)
    drawn = result["control_draw"]
    if drawn["ties"]:
        yield say(
            "campaign", "ties", language, ties=drawn["ties"], crossing=drawn["ties_crossing"],
            alone=drawn["ties_crossing_alone"],
        )  # fmt: skip
    if "trial" in result:
        tried = result["trial"]
        yield say(
            "campaign", "by_lot", language, customers=tried["customers"], currency=currency,
            gain=_money(tried["gain_expected"]),
        )  # fmt: skip
    if result["equal_facts"]["customers"]:
        yield _equal(result["equal_facts"], language)
    if "evidence" in result:
        yield from evidence_lines(result["evidence"], language)
    else:
        yield say("campaign", "priors", language)


def best_words(gap: float, language: str) -> str:
    """How far the list may be from the best one, rounded up: a bound says no less than it is.

    >>> best_words(0.0000121, "en")
    'at most 0.002% below the best possible, as the certificate proves'
    >>> best_words(0.0, "en")
    'no other list can gain more, as the certificate proves'
    """
    if gap <= PROVEN:
        return say("campaign", "best_proven", language)
    return say("campaign", "best_near", language, gap=f"{ceil(gap * 1e5) / 1e5:.3%}")


def _equal(own: dict[str, int], language: str) -> str:
    otherwise = own.get("otherwise")  # lists of earlier versions do not have it
    if otherwise is None:
        return say("campaign", "equal", language, customers=own["customers"])
    return say("campaign", "unlike", language, customers=own["customers"], otherwise=otherwise)


def _power(own: Any, language: str) -> str:
    if own["detectable"] is None:
        return say("campaign", "power_none", language)
    key = "power_enough" if own["is_enough"] else "power_pool"
    return say(
        "campaign", key, language, detectable=f"{own['detectable'] * 100:.1f}",
        expected=f"{own['expected'] * 100:.2f}", campaigns=f"{own['campaigns'] or 0:,}",
    )  # fmt: skip


def _money(amount: float) -> str:
    return f"{amount:,.0f}"


def table(found: Sequence[Campaign], language: str) -> str:
    """One line a campaign, the newest first."""
    if not found:
        return say("campaign", "none", language)
    return "\n".join(
        f"{own.id}  {own.created_at:%F %H:%M}  {say('campaign', f'state_{own.state}', language)}  "
        f"{own.owner}  {own.request.get('name', '')}".rstrip()
        for own in found
    )

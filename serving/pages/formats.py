"""Numbers, amounts and moments as pages write them."""

from __future__ import annotations

from datetime import datetime

from features.words import say


def percent(share: float) -> str:
    """A share in per cent, below ten with one digit behind the point.

    >>> percent(0.0523), percent(0.42)
    ('5.2 %', '42 %')
    """
    return f"{share:.1%}".replace("%", " %") if share < 0.1 else f"{share:.0%}".replace("%", " %")


def amount(value: float, currency: str) -> str:
    """An amount with its currency, whole where it is whole.

    >>> amount(1234.5, "CNY"), amount(60.0, "CNY")
    ('1,234.50 CNY', '60 CNY')
    """
    return f"{value:,.0f} {currency}" if value == round(value) else f"{value:,.2f} {currency}"


def minute(moment: str | datetime) -> str:
    """A local time of an answer, to the minute.

    >>> minute("2026-03-02T09:05:07"), minute(datetime(2026, 3, 2, 9, 5))
    ('2026-03-02 09:05', '2026-03-02 09:05')
    """
    return f"{_moment(moment):%F %H:%M}"


def day(moment: str | datetime) -> str:
    """The day of a local time of an answer.

    >>> day("2026-03-02T09:05:07")
    '2026-03-02'
    """
    return f"{_moment(moment):%F}"


def _moment(moment: str | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)


def age(hours: float, language: str) -> str:
    """For how long, in the largest unit that fits.

    >>> age(0.4, "en"), age(30, "en"), age(75, "zh")
    ('24 min', '30 h', '3天')
    """
    if hours < 1:
        return say("pages", "minutes", language, count=round(hours * 60))
    if hours < 48:
        return say("pages", "hours", language, count=round(hours))
    return say("pages", "days", language, count=round(hours / 24))

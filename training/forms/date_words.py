"""Dates and times in words of other languages, written as the forms have them.

Programs name months in the language of their user, and write 上午10:58 for 10:58 AM.
"""

from __future__ import annotations

import re
from functools import lru_cache

from training.forms.texts import ascii_digits

# Of each month its long name in English, and names in German, French, Spanish, Italian, Portuguese,
# Dutch, Polish and Russian.
_MONTHS = {
    "Jan": "january januar jänner jän janvier janv enero ene gennaio gen janeiro januari stycznia "
           "января янв",
    "Feb": "february februar février févr fév febrero febbraio fevereiro fev februari lutego "
           "февраля фев",
    "Mar": "march märz mrz mär mars marzo março maart mrt marca марта мар",
    "Apr": "april avril avr abril abr aprile kwietnia апреля апр",
    "May": "mai mayo maggio mag maio mei maja мая май",
    "Jun": "june juni juin junio giugno giu junho czerwca июня июн",
    "Jul": "july juli juillet juil julio luglio lug julho lipca июля июл",
    "Aug": "august août aout agosto ago augustus sierpnia августа авг",
    "Sep": "september sept septembre septiembre setiembre settembre set setembro września сентября "
           "сен сент",
    "Oct": "october oktober okt octobre octubre ottobre ott outubro out października октября окт",
    "Nov": "november novembre noviembre novembro listopada ноября ноя нояб",
    "Dec": "december dezember dez décembre déc diciembre dic dicembre dezembro grudnia декабря дек",
}  # fmt: skip
_ENGLISH = {name: month for month, names in _MONTHS.items() for name in names.split()}
_HALVES = {"上午": "AM", "凌晨": "AM", "早上": "AM", "午前": "AM", "오전": "AM"}
_HALVES |= {"下午": "PM", "晚上": "PM", "午後": "PM", "오후": "PM"}
_HALF = re.compile(rf"({'|'.join(_HALVES)}) ?(\d{{1,2}}:\d{{2}}(?::\d{{2}})?)")
# Traditional forms are escapes: they are read, and stand in no picture, whose font lacks them.
_HOURS = re.compile(r"(\d{1,2})[时\u6642点\u9ede] ?(\d{1,2})分(?: ?(\d{1,2})秒)?")
_ORACLE = re.compile(
    r"(?<=[\d] )(\d{1,2})\.(\d{2})\.(\d{2})(?=\.\d+(?: [AaPp][Mm])?$| [AaPp][Mm]$)"
)
_SPANISH = re.compile(r"\b([ap])\. ?m\.", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{3,}\.?")


@lru_cache(maxsize=100_000)
def in_plain_words(text: str, months: bool = True) -> str:
    """The text with plain digits, and halves of the day and `months` as English short words.

    >>> in_plain_words("5. März 2022"), in_plain_words("2022/3/19 下午1:58")
    ('5 Mar 2022', '2022/3/19 1:58 PM')
    >>> in_plain_words("5 de enero de 2022"), in_plain_words("05-JAN-22 10.26.00.000000 AM")
    ('5 Jan 2022', '05-JAN-22 10:26:00.000000 AM')
    """
    text = ascii_digits(text)
    if not any(map(str.isdigit, text)):
        return text
    text = _ORACLE.sub(r"\1:\2:\3", _SPANISH.sub(r"\1m", text))
    if not text.isascii():
        text = _HOURS.sub(lambda one: ":".join(part for part in one.groups() if part), text)
        text = _HALF.sub(lambda one: f"{one[2]} {_HALVES[one[1]]}", text)
    if not months:
        return text
    found = _WORD.sub(lambda one: _ENGLISH.get(one[0].rstrip(".").casefold(), one[0]), text)
    if found == text:
        return text
    found = re.sub(r"(\d)\. (?=[A-Z])", r"\1 ", found).removesuffix(" г.")
    return re.sub(r" de | del | di ", " ", found)

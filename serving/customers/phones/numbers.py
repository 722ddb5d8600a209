"""Phone numbers in one form: E.164, such as +8613800138000.

A number without a country code is one of the declared country. Full-width digits, spaces,
hyphens, dots and parentheses are taken out; anything else refuses the number.
"""

from __future__ import annotations

import unicodedata

from serving.phone_settings import MAX_DIGITS, PhoneSettings

MIN_DIGITS = 8  # of a whole number, by E.164
BETWEEN = str.maketrans("", "", " -.()\t\u00a0\u2010\u2011\u2013")
HEAD, TAIL = 3, 4  # digits that a masked number shows
STARS = "****"


def normalised(text: str, settings: PhoneSettings) -> str | None:
    """The number in E.164, null where it is not one.

    >>> own = PhoneSettings("86", "0", 10, 11, ())
    >>> normalised("154 0000-0001", own), normalised("0086 15400000001", own)
    ('+8615400000001', '+8615400000001')
    >>> normalised("(010) 5555 0100", own), normalised("12", own)
    ('+861055550100', None)
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    number = text.translate(BETWEEN)
    is_whole = number.startswith(("+", "00"))
    digits = number.removeprefix("+").removeprefix("00" if number.startswith("00") else "")
    if not (digits.isascii() and digits.isdecimal()):
        return None
    if not is_whole:
        return _of_the_country(digits, settings)
    if digits.startswith(settings.country_code):
        return _of_the_country(digits.removeprefix(settings.country_code), settings)
    is_number = MIN_DIGITS <= len(digits) <= MAX_DIGITS and digits[0] != "0"
    return f"+{digits}" if is_number else None


def _of_the_country(digits: str, settings: PhoneSettings) -> str | None:
    code, shortest, longest = settings.country_code, settings.min_digits, settings.max_digits
    if settings.trunk_prefix and len(digits) > shortest:
        digits = digits.removeprefix(settings.trunk_prefix)
    if digits.startswith(code) and longest < len(digits) <= longest + len(code):
        digits = digits.removeprefix(code)  # written without + or 00
    return f"+{code}{digits}" if shortest <= len(digits) <= longest else None


def masked(number: str, settings: PhoneSettings) -> str:
    """The number as those see it who need not know it.

    >>> own = PhoneSettings("86", "0", 10, 11, ())
    >>> masked("+8615400005678", own), masked("+447700900123", own)
    ('154****5678', '+447****0123')
    """
    home = f"+{settings.country_code}"
    if number.startswith(home):
        national = number.removeprefix(home)
        return f"{national[:HEAD]}{STARS}{national[-TAIL:]}"
    return f"{number[: HEAD + 1]}{STARS}{number[-TAIL:]}"

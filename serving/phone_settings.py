"""What phone numbers look like, and who sees them whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from features.errors import SettingsError

MAX_DIGITS = 15  # of a whole number, by E.164


@dataclass(frozen=True)
class PhoneSettings:
    """Of which country numbers without a code are, and who may see them whole.

    `trunk_prefix`: what is dialled before a number within the country; not a part of it.
    `min_digits`, `max_digits`: of a number without code and prefix. `visible_to`: the roles.
    """

    country_code: str
    trunk_prefix: str
    min_digits: int
    max_digits: int
    visible_to: tuple[str, ...]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[1-9][0-9]{0,2}", self.country_code):
            raise SettingsError(
                f"phones.country_code is {self.country_code!r}; expected 1 to 3 digits, such as 86"
            )
        if not re.fullmatch(r"[0-9]?", self.trunk_prefix):
            raise SettingsError(
                f"phones.trunk_prefix is {self.trunk_prefix!r}; expected one digit, or nothing"
            )
        longest = MAX_DIGITS - len(self.country_code)
        if not 4 <= self.min_digits <= self.max_digits <= longest:
            raise SettingsError(
                f"phones.min_digits and max_digits are {self.min_digits} and {self.max_digits}; "
                f"expected 4 to {longest}, in this order"
            )

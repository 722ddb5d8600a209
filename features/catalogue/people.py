"""Features of the customer: profile."""

from __future__ import annotations

from features.families import Declarations

profile = Declarations("profile", feed="customers", group="people")

profile.declare("payment_mode", unit="", en="payment mode", zh="付费方式", is_category=True)
profile.declare("city", unit="", en="city", zh="城市", is_category=True)
profile.declare("brand", unit="", en="brand", zh="品牌", is_category=True)
profile.declare(
    "age_years", unit="a", en="age", zh="年龄", needs=("birth_year",), staff_may_hear=False
)

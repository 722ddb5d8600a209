"""What an indicator is, the units that figures have, and how a figure is written."""

from __future__ import annotations

from dataclasses import dataclass, replace

SHARE, COUNT, RATIO, NUMBER = "share", "count", "ratio", ""
CURRENCY = "currency"
FORMS = {SHARE: ".1%", COUNT: ",.0f", CURRENCY: ",.2f"}  # of any other unit: three digits
HIGHER, LOWER, NEAR_ONE = "higher", "lower", "near 1"
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Indicator:
    """One figure. `unit`: share (0 to 1), count, ratio, currency, a unit, or "" for a number.

    `source` names what it is computed from, by module. `better` says which values are good:
    higher, lower, near 1, or "" where neither is. `form` is Python's format of the value, by
    default that of the unit. `formerly` is the key under which earlier versions wrote it.
    """

    name: str
    en: str
    zh: str
    unit: str
    meaning: str
    source: str
    better: str = ""
    form: str = ""
    formerly: str = ""

    def of(self, other: str) -> Indicator:
        """The same figure of another prediction, such as that nothing changes (`unchanged`)."""
        return replace(self, name=f"{self.name}_{other}", formerly="")

    def over(self, other: str) -> Indicator:
        """How much better this figure is than that of another prediction: above 0 is a gain."""
        form = f"+{self.form or FORMS.get(self.unit, '.3f').lstrip(',')}"
        name = f"{self.name}_over_{other}"
        return replace(self, name=name, form=form, better=HIGHER, formerly="")

    def words(self, language: str) -> str:
        """The name for people, in en or zh."""
        return self.zh if language == "zh" else self.en

    def written(self, value: float | None) -> str:
        """The value as people read it; a dash where it is null.

        >>> auc = Indicator("auc", "AUC", "AUC", NUMBER, "", "")
        >>> auc.written(0.76675), auc.written(None)
        ('0.767', '–')
        """
        if value is None:
            return "–"
        form = self.form or FORMS.get(self.unit, ".3f")
        if form.endswith("%"):
            return f"{100 * value:{form[:-1]}f}{NO_BREAK}%"
        return format(value, form)

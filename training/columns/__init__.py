"""What a column of a table holds, as training found it and the bundle keeps it.

The kinds: `number`, `date`, `yes/no` and `category` are read by the model; `identifier`, `row
number`, `constant` and `empty` are not. Scoring reads a value as training did.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.forms.date_forms import CHOICES as ORDERS
from training.forms.numerals import CHOICES as DECIMALS

NUMBER, DATE, YES_NO, CATEGORY = "number", "date", "yes/no", "category"
IDENTIFIER, ROW_NUMBER, CONSTANT, EMPTY = "identifier", "row number", "constant", "empty"
READ = (NUMBER, DATE, YES_NO, CATEGORY)  # by the model
CHOICES = (*ORDERS, *DECIMALS, CATEGORY)  # of --read


@dataclass(frozen=True)
class TableColumn:
    """One column as training found it.

    `style` is how numbers are written and `unit` what stands beside them, `whole` whether points
    group thousands and none has a decimal, `comma` whether no decimal comma stands before three
    digits, so that a typed 3.249 may have been 3249; `form` is how dates are written, `origin` the
    day that they are counted from; `missing` the texts and days that stand for a missing value
    here, `no` and `yes` what a yes/no is read as. A number with `no` and `yes` holds 0 and 1 alone.
    `note` says in words what was found, `dropped` why the model does not read it.
    """

    name: str
    kind: str
    note: str = ""
    dropped: str = ""
    style: str = "point"
    form: str = ""
    origin: str = ""
    missing: tuple[str, ...] = ()
    no: str = ""
    yes: str = ""
    unit: str = ""
    whole: bool = False
    comma: bool = False

    @property
    def is_read(self) -> bool:
        """Whether the model reads it."""
        return not self.dropped

    @property
    def is_category(self) -> bool:
        """Whether its values are texts that maps turn into numbers."""
        return self.kind in (CATEGORY, YES_NO)

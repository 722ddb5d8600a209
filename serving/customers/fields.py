"""What is known of each customer of the base at the night, declared once: by which names the base
is searched, shown, counted and exported (`serving.customers.base`); docs/base.md comes from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from features.errors import RequestRefused
from features.feeds import PAYMENT_MODES
from features.histories.bills.tiers import TIERS

Kind = Literal["text", "flag", "whole", "number"]

PLANNERS = ("manager", "marketing", "approver", "scientist", "auditor", "admin")
ADMINISTRATION = ("marketing", "approver", "scientist", "auditor", "admin")
AMOUNTS = (20.0, 50.0, 100.0, 200.0, 500.0)
RISKS = (0.02, 0.05, 0.1, 0.2, 0.5)
TENURES = (90.0, 365.0, 730.0, 1825.0)


@dataclass(frozen=True)
class Field:
    """One field: its column in the night's scores, how it is counted, and which roles see it.

    `levels`: the values that it may have, in their order. `bands`: where a number's groups begin
    when it is counted. `digits` stand behind the point of a number as it is shown. `seen_by`:
    empty for all roles. `from_model`: a prediction, empty for customers who object to them.
    """

    name: str
    kind: Kind
    en: str
    zh: str
    unit: str = ""
    column: str = ""
    levels: tuple[str, ...] = ()
    bands: tuple[float, ...] = ()
    digits: int = 0
    seen_by: tuple[str, ...] = ()
    from_model: bool = False

    @property
    def source(self) -> str:
        """Its column in the scores."""
        return self.column or self.name

    @property
    def is_number(self) -> bool:
        return self.kind in ("whole", "number")

    def is_seen_by(self, role: str | None) -> bool:
        """Whether callers of this role may know of it; null is the command line, which sees all."""
        return role is None or not self.seen_by or role in self.seen_by


def _money(name: str, en: str, zh: str, column: str = "", **more: bool | tuple[str, ...]) -> Field:
    return Field(
        name, "number", en, zh, unit="currency", column=column, bands=AMOUNTS, digits=2,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


FIELDS = {
    field.name: field
    for field in (
        Field("customer_id", "text", "customer", "客户编号"),
        Field("city", "text", "city", "城市"),
        Field("store_id", "text", "store", "营业厅"),
        Field("manager_id", "text", "account manager", "客户经理"),
        Field("group_id", "text", "group", "集团"),
        Field("brand", "text", "brand", "品牌"),
        Field("plan", "text", "plan", "套餐"),
        Field("payment_mode", "text", "payment mode", "付费方式", levels=PAYMENT_MODES),
        Field("standing", "text", "standing of the contract", "在网状态",
              levels=("active", "suspended", "pre_cancelled")),
        Field("consent", "flag", "agreed to commercial messages", "同意接收营销信息"),
        Field("tenure_days", "whole", "time since joining", "在网时长", unit="d", bands=TENURES),
        Field("days_to_contract_end", "whole", "time until the contract ends", "距合约到期",
              unit="d", bands=(0.0, 30.0, 90.0, 180.0)),
        Field("open_complaint", "flag", "has an open complaint", "有未结投诉"),
        _money("mean_bill", "mean bill of the last 13 weeks", "近13周平均账单金额", "revenue"),
        _money("overdue", "amount of the overdue bills", "逾期未缴金额"),
        Field("value_tier", "text", "value tier", "价值等级", levels=TIERS),
        Field("predicted_tier", "text", "predicted tier", "预测等级", levels=TIERS,
              from_model=True),
        Field("churn_risk", "number", "churn risk", "离网风险", unit="share", bands=RISKS,
              digits=6, from_model=True),
        _money("value_at_stake", "value at stake", "挽留价值", from_model=True),
        _money("margin", "expected margin a month", "预期月毛利", seen_by=PLANNERS,
               from_model=True),
        _money("expected_loss", "expected loss of the month", "当月预期损失", seen_by=PLANNERS,
               from_model=True),
        Field("potential", "text", "potential large customer", "潜在大客户",
              levels=("proposed", "qualified"), seen_by=PLANNERS, from_model=True),
        Field("eligible", "flag", "covered by the churn prediction", "纳入离网预测",
              seen_by=PLANNERS),
        Field("universal_holdout", "flag", "in the universal holdout", "长期留白组",
              seen_by=ADMINISTRATION),
        Field("model_version", "text", "version of the model", "模型版本"),
    )
}  # fmt: skip
SHOWN_FIRST = (
    "customer_id", "city", "plan", "payment_mode", "value_tier", "churn_risk", "value_at_stake",
)  # fmt: skip


def field_of(name: str, role: str | None = None) -> Field:
    """The field of this name. Raises RequestRefused (`invalid_request`), which names the nearest.

    A field that the role may not see does not exist for it.
    """
    seen = seen_by(role)
    for field in seen:
        if field.name == name:
            return field
    names = [field.name for field in seen]
    raise RequestRefused(
        "invalid_request", f"there is no field {name[:64]!r}.{nearest(name, names)}", fields=names
    )


def nearest(name: str, names: Sequence[str]) -> str:
    """The sentence that names what was probably meant, empty where nothing is near.

    >>> nearest("tenure", ["city", "tenure_days"])
    ' Is tenure_days meant?'
    """
    found = get_close_matches(name[:64].lower(), names, 1, 0.5)
    return f" Is {found[0]} meant?" if found else ""


def seen_by(role: str | None) -> list[Field]:
    """The fields that callers of this role may know of, as declared."""
    return [field for field in FIELDS.values() if field.is_seen_by(role)]


def document() -> str:
    """docs/base.md: how the base is searched, and every field with its words and who sees it."""
    return PAGE.replace("FIELDS", "\n".join(_line(field) for field in FIELDS.values()))


def _line(field: Field) -> str:
    kind = ", ".join(field.levels) or field.kind
    bands = ", ".join(f"{band:g}" for band in field.bands)
    seen = ", ".join(field.seen_by) or "all"
    cells = (f"`{field.name}`", field.en, field.zh, kind, field.unit, bands, seen)
    return f"| {' | '.join(cells)} |"


PAGE = r"""# The base

Generated from `serving/customers/fields.py` by `make docs`; `make check` compares. These are
the fields by which the customers of the last night are searched, shown, counted and exported:
by `GET /customers`, `GET /customers/export` and `liuke customers`. Each is as it was known at the
night. A field that a role may not see does not exist for it; customers out of a caller's scope
do not exist for the caller, in pages, counts, breakdowns and exports alike. Customers who object
to automated decisions have no predictions.

| parameter | means |
|---|---|
| `city=Suzhou,Wuxi` | any of these; a comma that belongs to a value is written `\,` |
| `group_id=` | not known, or none; `group_id=,G1` is none or G1 |
| `consent=true` | of yes or no: `true`, `false` |
| `churn_risk_min=0.2` | from here on; `churn_risk_max=0.5` up to and with |
| `sort=-churn_risk,city` | the highest first, then by city; the missing come last |
| `columns=customer_id,city` | the fields to show |
| `by=city,value_tier` | counts by these fields, of numbers by bands |
| `limit=50` | so many customers a page, at most 500 |
| `after=...` | the mark that the page before gave; that of another night is refused |

On the command line conditions are `--where city=Suzhou`, the others `--sort=-churn_risk` and so
on; `--out FILE.csv` writes all that are found. A text in a CSV that a spreadsheet would take for
a formula begins with an apostrophe. `liuke views save NAME` and `PUT /views/NAME` keep a search
under a name, each owner their own; a view keeps a rule, so it names no single customer.

| field | in words | 字段 | kind | unit | bands begin at | seen by |
|---|---|---|---|---|---|---|
FIELDS
"""

"""Accounts: which bills are paid, which are overdue, and how long each one took.

Payments do not name the bill they are for. An account is therefore kept as a book: what is
owed is entered when it becomes known, and what is paid settles the oldest entry first.

    entered       3 Mar: 80.00    3 Apr: 60.00           8 Apr: payment of 100.00
    settled by    8 Apr           -- (40.00 are open)

A corrected amount is an entry of its own: the difference is owed or paid from the day of the
correction on. So the book of any day is the beginning of the book of today. The entries of a
bill are put together again at the requested moment, with the due date known by then.

Limits. A bill without `due` (prepaid use) is never owed, and money paid before the first bill that
is owed was issued settles nothing. A bill counts as paid once all of it is. A payment that is taken
back is owed again, behind the bills known by then, and is not a bill itself. What a bill is
corrected downwards by is money paid: it settles the oldest entry, and the bill keeps its first
amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
from ibis.expr.types import Table

from features import windows
from features.feeds import FEEDS

ENTRY = ("customer_id", "amount_fen", "event_time", "known_at", "due")
RECENT_WEEKS = 26


def settlements(bills: Table, payments: Table) -> Table:
    """One row an amount owed for a bill: when it was known, and when it was settled.

    Columns: customer_id, period, `amount_fen` (0 for a version of the bill that owes nothing
    more: it carries the due date), `due`, the clocks of the bill and a lifetime without end,
    `paid_time` (of the payment that settled it) and `paid_known_at` (when that was known, at the
    earliest when the bill was); both null while it is open.
    """
    owed, paid = _bill_entries(bills), _payment_entries(payments)
    credits = ibis.union(
        owed.filter(owed.amount_fen < 0)
        .mutate(amount_fen=-owed.amount_fen, event_time=owed.known_at)
        .select(*ENTRY),
        paid.filter(paid.amount_fen > 0),
    )
    debits = ibis.union(
        owed.filter(owed.amount_fen > 0),
        paid.filter(paid.amount_fen < 0)
        .mutate(amount_fen=-paid.amount_fen, period=ibis.null("date"))
        .select(*ENTRY, "period"),
    )
    first = _first_issue(owed)
    credits = credits.join(first, "customer_id")
    credits = credits.filter(credits.event_time >= credits.first_issue).drop("first_issue")
    settled = _settled(_booked(debits, ["due", "period"]), _booked(credits, []))
    restated = owed.filter(owed.amount_fen <= 0).mutate(
        amount_fen=ibis.literal(0, "int64"),
        paid_time=ibis.null(settled.schema()["paid_time"]),
        paid_known_at=ibis.null(settled.schema()["paid_known_at"]),
    )
    entries = ibis.union(
        settled.filter(settled.period.notnull()), restated.select(*settled.columns)
    )
    return windows.never_superseded(entries)


def accounts(settlements: Table, profiles: Table, as_of: Sequence[datetime]) -> Table:
    """The bills of the postpaid at each moment: those of `RECENT_WEEKS`, and all that are overdue.

    Columns: customer_id, as_of, `period`, `age`, `days`, `at` (by first issue), `amount_fen`,
    `unpaid_fen` (0 once paid), `overdue` (1 if due and not paid), `overdue_fen`, `overdue_days`
    (since it was due, null unless overdue), `late` (1 if paid after it was due, or overdue),
    `days_to_pay` (from issue to the last payment for it, null while open). `profiles` is the
    stream of profiles.
    """
    seen = windows.known(settlements, as_of)
    postpaid = profiles.filter(profiles.payment_mode == "postpaid").select("customer_id", "as_of")
    seen = seen.semi_join(postpaid, ["customer_id", "as_of"])
    seen = _bills(seen)
    paid = seen.unpaid_fen == 0
    due = seen.due.cast("timestamp").epoch_seconds() // windows.SECONDS_A_DAY
    today = seen.as_of.epoch_seconds() // windows.SECONDS_A_DAY
    paid_on = seen.paid_time.epoch_seconds() // windows.SECONDS_A_DAY
    issued_on = seen.event_time.epoch_seconds() // windows.SECONDS_A_DAY
    overdue = ~paid & (due < today)
    seen = seen.mutate(
        overdue=overdue.cast("int64"),
        overdue_fen=overdue.ifelse(seen.unpaid_fen, 0),
        overdue_days=overdue.ifelse((today - due).cast("int64"), None),
        late=(overdue | (paid & (paid_on > due))).cast("int64"),
        days_to_pay=paid.ifelse(ibis.greatest(paid_on - issued_on, 0).cast("int64"), None),
    )
    return seen.filter((seen.age <= RECENT_WEEKS) | (seen.overdue == 1))


def _bills(entries: Table) -> Table:
    """The entries known at each moment, one row a bill: `paid_time` of the last payment for it."""
    is_open = ~(entries.paid_known_at < entries.as_of).fill_null(False)
    bills = entries.group_by("customer_id", "as_of", "period").agg(
        age=entries.age.max(),
        days=entries.days.max(),
        at=entries["at"].min(),
        event_time=entries.event_time.min(),
        due=entries.due.argmax(entries.known_at),
        amount_fen=entries.amount_fen.sum().cast("int64"),
        unpaid_fen=entries.amount_fen.sum(where=is_open).fill_null(0).cast("int64"),
        paid_time=entries.paid_time.max(),
    )
    return bills.filter(bills.amount_fen > 0)


def _bill_entries(bills: Table) -> Table:
    """Of each bill its amount, and of each correction the difference, as it became known."""
    if "due" not in bills.columns:
        bills = bills.mutate(due=ibis.null("date"))
    bills = bills.filter(bills.due.notnull())
    before = bills.revenue_fen.lag().over(
        ibis.window(group_by=list(FEEDS["bills"].key), order_by="known_at")
    )
    return bills.mutate(amount_fen=bills.revenue_fen - before.fill_null(0)).select(*ENTRY, "period")


def _payment_entries(payments: Table) -> Table:
    """Of each payment its amount, and of each correction the difference, of either customer."""
    order = ibis.window(group_by=list(FEEDS["payments"].key), order_by="known_at")
    payments = payments.mutate(
        due=ibis.null("date"),
        before_fen=payments.amount_fen.lag().over(order),
        before_id=payments.customer_id.lag().over(order),
    )
    moved = (payments.before_id != payments.customer_id).fill_null(True)
    stayed = payments.mutate(amount_fen=payments.amount_fen - moved.ifelse(0, payments.before_fen))
    lost = payments.filter(payments.before_id.notnull() & moved)
    lost = lost.mutate(customer_id=lost.before_id, amount_fen=-lost.before_fen)
    return ibis.union(stayed.select(*ENTRY), lost.select(*ENTRY))


def _first_issue(owed: Table) -> Table:
    """customer_id, `first_issue`: the earliest issue of the bills that were known first."""
    first = owed.known_at.min().over(ibis.window(group_by="customer_id"))
    owed = owed.mutate(first=first)
    known_first = owed.filter(owed.known_at == owed.first)
    return known_first.group_by("customer_id").agg(first_issue=known_first.event_time.min())


def _booked(entries: Table, ties: list[str]) -> Table:
    """The entries with `place` (0 first) and `sum_fen` (up to and with it) in a customer's book."""
    order = ["known_at", "event_time", *ties, "amount_fen"]
    return entries.mutate(
        place=ibis.row_number().over(group_by="customer_id", order_by=order).cast("int64"),
        sum_fen=entries.amount_fen.sum()
        .over(group_by="customer_id", order_by=order, rows=(None, 0))
        .cast("int64"),
    )


def _settled(debits: Table, credits: Table) -> Table:
    """The debits, each with the clocks of the first credit up to which enough was paid."""
    nothing = ibis.null("int64")
    marks = ibis.union(
        debits.select("customer_id", "sum_fen", owed_place="place", paid_place=nothing),
        credits.select("customer_id", "sum_fen", owed_place=nothing, paid_place="place"),
    )
    # In the order of the sums, the first credit behind a debit is the one that settles it.
    settling = marks.paid_place.min().over(
        group_by="customer_id",
        order_by=[marks.sum_fen, marks.paid_place.notnull()],
        rows=(0, None),
    )
    marks = marks.mutate(settling=settling)
    marks = marks.filter(marks.owed_place.notnull())
    owed = debits.inner_join(
        marks.select("customer_id", place="owed_place", settling="settling"),
        ["customer_id", "place"],
    )
    paid = credits.select(
        "customer_id", settling="place", paid_time="event_time", paid_known_at="known_at"
    )
    settled = owed.left_join(paid, ["customer_id", "settling"], rname="{name}_of_payment")
    known = (settled.paid_known_at > settled.known_at).ifelse(
        settled.paid_known_at, settled.known_at
    )
    return settled.select(
        *ENTRY,
        "period",
        "paid_time",
        paid_known_at=settled.paid_time.notnull().ifelse(known, ibis.null("timestamp")),
    )

"""Features of the customer and of those around: profile, contacts, group, neighbours, city."""

from __future__ import annotations

from features.catalogue.aggregates import nearest, total
from features.catalogue.families import Declarations

profile = Declarations("profile", feed="customers", group="people")
contacts = Declarations("contacts", feed="contacts", group="people")
group = Declarations("group", feed="customers", group="people")
neighbours = Declarations("neighbours", feed="calls", group="people")
city = Declarations("city", feed="usage", group="network")

CONTACT = ("event", "arm")
GROUP_LEFT = ("group_id", "contracts.event")
OTHERS_LEFT = ("other_id", "contracts.event")

for measure in (
    profile.measure("payment_mode", "payment mode", "付费方式", is_category=True),
    profile.measure("city", "city", "城市", is_category=True),
    profile.measure("brand", "brand", "品牌", is_category=True),
    profile.measure(
        "age_years", "age", "年龄", unit="a", needs=("birth_year",), staff_may_hear=False
    ),
    profile.measure(
        "has_manager",
        "has an account manager (1 or 0)",
        "有客户经理（1或0）",
        needs=("manager_id",),
    ),
    profile.measure(
        "has_consent",
        "agreed to commercial messages (1 or 0)",
        "同意接收营销信息（1或0）",
        needs=("consent",),
    ),
    profile.measure(
        "profile_changes", "changes of the profile so far", "至今资料变更次数", needs=("city",)
    ),
    profile.measure(
        "days_since_profile_change",
        "time since the profile was changed",
        "距最近一次资料变更",
        unit="d",
        needs=("city",),
    ),
    group.measure(
        "group_size",
        "members of the customer's group in the network",
        "所属集团在网成员数",
        needs=("group_id",),
    ),
):
    measure.declare()

for event, en, zh in (
    ("sent", "offers sent", "发出的营销接触次数"),
    ("reached", "offers that reached the customer", "成功触达的营销接触次数"),
    ("accepted", "offers accepted", "接受营销优惠的次数"),
):
    contacted = contacts.measure(
        f"contacts_{event}",
        f"{en} in the last {{window}}",
        f"近{{window}}{zh}",
        column=event,
        needs=CONTACT,
    )
    contacted.declare(total, weeks=(4, 12, 26))
refused = contacts.measure(
    "offers_refused",
    "offers refused in the last {window}",
    "近{window}拒绝营销优惠的次数",
    column="refused",
    needs=CONTACT,
)
refused.declare(total, weeks=(26,))
treated = contacts.measure(
    "treated",
    "campaigns of the last {window} that the customer was drawn into, controls apart",
    "近{window}被选入的营销活动数（对照组除外）",
    needs=CONTACT,
    staff_may_hear=False,
)
treated.declare(total, weeks=(12,))
since_contact = contacts.measure(
    "days_since_contact",
    "time since the last offer was sent",
    "距最近一次营销接触",
    unit="d",
    column="sent_days",
    needs=CONTACT,
)
since_contact.declare(nearest)

for measure in (
    group.measure(
        "group_left",
        "others of the group known to have left in the last {window}",
        "近{window}已知离网的同集团成员数",
        needs=GROUP_LEFT,
        staff_may_hear=False,
    ),
    group.measure(
        "group_left_share",
        "share of the group's others known to have left in the last {window}",
        "近{window}已知离网的同集团成员占比",
        unit="%",
        column="group_left_percent",
        needs=GROUP_LEFT,
        staff_may_hear=False,
    ),
    neighbours.measure(
        "neighbours",
        "different people called by or calling the customer in the last {window}",
        "近{window}通话对象数",
        needs=("other_id",),
        staff_may_hear=False,
    ),
    neighbours.measure(
        "neighbour_calls",
        "calls with others in the last {window}",
        "近{window}与通话对象的通话次数",
        column="calls",
        needs=("calls",),
        staff_may_hear=False,
    ),
    neighbours.measure(
        "closest_neighbour_share",
        "share of the last {window}' calls with the one most called",
        "近{window}与最常通话对象的通话占比",
        unit="%",
        column="closest_percent",
        needs=("calls",),
        staff_may_hear=False,
    ),
    neighbours.measure(
        "on_net_share",
        "share of the last {window}' call partners in our network",
        "近{window}通话对象中本网客户占比",
        unit="%",
        column="on_net_percent",
        needs=OTHERS_LEFT,
        staff_may_hear=False,
    ),
):
    measure.declare(weeks=(12,))
# The stream has a column of each window.
for weeks in (8, 12):
    left = neighbours.measure(
        "neighbours_left",
        "call partners known to have left in the last {window}",
        "近{window}已知离网的通话对象数",
        column=f"left_{weeks}w",
        needs=OTHERS_LEFT,
        staff_may_hear=False,
    )
    left.declare(weeks=(weeks,))
    left_share = neighbours.measure(
        "neighbours_left_share",
        "share of call partners known to have left in the last {window}",
        "近{window}已知离网的通话对象占比",
        unit="%",
        column=f"left_percent_{weeks}w",
        needs=OTHERS_LEFT,
        staff_may_hear=False,
    )
    left_share.declare(weeks=(weeks,))
for weeks in (1, 4):
    drops = city.measure(
        "city_dropped_calls",
        "dropped calls a week of a customer in the same city, last {window}",
        "近{window}同城客户人均每周掉话次数",
        column=f"dropped_calls_{weeks}w",
        needs=("dropped_calls", "customers.city"),
    )
    drops.declare(weeks=(weeks,))
    hotline = city.measure(
        "city_rival_hotline_calls",
        "calls a week to rivals' hotlines of a customer in the same city, last {window}",
        "近{window}同城客户人均每周拨打他网客服热线次数",
        group="usage",
        column=f"rival_hotline_calls_{weeks}w",
        needs=("rival_hotline_calls", "customers.city"),
        staff_may_hear=False,
    )
    hotline.declare(weeks=(weeks,))

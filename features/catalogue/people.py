"""Features of the customer and of those around: profile, contacts, group, neighbours, city."""

from __future__ import annotations

from features.catalogue.aggregates import nearest, total
from features.catalogue.families import Declarations

profile = Declarations("profile", feed="customers", group="people")
contacts = Declarations("contacts", feed="contacts", group="people")
group = Declarations("group", feed="customers", group="people")
neighbours = Declarations("neighbours", feed="calls", group="people")
city = Declarations("city", feed="usage", group="network")

profile.declare("payment_mode", unit="", en="payment mode", zh="付费方式", is_category=True)
profile.declare("city", unit="", en="city", zh="城市", is_category=True)
profile.declare("brand", unit="", en="brand", zh="品牌", is_category=True)
profile.declare(
    "age_years", unit="a", en="age", zh="年龄", needs=("birth_year",), staff_may_hear=False
)
profile.declare(
    "has_manager",
    unit="",
    en="has an account manager (1 or 0)",
    zh="有客户经理（1或0）",
    needs=("manager_id",),
)
profile.declare(
    "has_consent",
    unit="",
    en="agreed to commercial messages (1 or 0)",
    zh="同意接收营销信息（1或0）",
    needs=("consent",),
)
profile.declare(
    "profile_changes",
    unit="",
    en="changes of the profile so far",
    zh="至今资料变更次数",
    needs=("city",),
)
profile.declare(
    "days_since_profile_change",
    unit="d",
    en="time since the profile was changed",
    zh="距最近一次资料变更",
    needs=("city",),
)

for event, en, zh in (
    ("sent", "offers sent", "发出的营销接触次数"),
    ("reached", "offers that reached the customer", "成功触达的营销接触次数"),
    ("accepted", "offers accepted", "接受营销优惠的次数"),
):
    contacts.declare(
        f"contacts_{event}",
        [total],
        weeks=(4, 12, 26),
        column=event,
        unit="",
        en=f"{en} in the last {{window}}",
        zh=f"近{{window}}{zh}",
        needs=("event", "arm"),
    )
contacts.declare(
    "offers_refused",
    [total],
    weeks=(26,),
    column="refused",
    unit="",
    en="offers refused in the last {window}",
    zh="近{window}拒绝营销优惠的次数",
    needs=("event", "arm"),
)
contacts.declare(
    "treated",
    [total],
    weeks=(12,),
    unit="",
    en="campaigns of the last {window} that the customer was drawn into, controls apart",
    zh="近{window}被选入的营销活动数（对照组除外）",
    needs=("event", "arm"),
    staff_may_hear=False,
)
contacts.declare(
    "days_since_contact",
    [nearest],
    column="sent_days",
    unit="d",
    en="time since the last offer was sent",
    zh="距最近一次营销接触",
    needs=("event", "arm"),
)

group.declare(
    "group_size",
    unit="",
    en="members of the customer's group in the network",
    zh="所属集团在网成员数",
    needs=("group_id",),
)
group.declare(
    "group_left",
    weeks=(12,),
    unit="",
    en="others of the group known to have left in the last {window}",
    zh="近{window}已知离网的同集团成员数",
    needs=("group_id", "contracts.event"),
    staff_may_hear=False,
)
group.declare(
    "group_left_share",
    weeks=(12,),
    column="group_left_percent",
    unit="%",
    en="share of the group's others known to have left in the last {window}",
    zh="近{window}已知离网的同集团成员占比",
    needs=("group_id", "contracts.event"),
    staff_may_hear=False,
)

neighbours.declare(
    "neighbours",
    weeks=(12,),
    unit="",
    en="different people called by or calling the customer in the last {window}",
    zh="近{window}通话对象数",
    needs=("other_id",),
    staff_may_hear=False,
)
neighbours.declare(
    "neighbour_calls",
    weeks=(12,),
    column="calls",
    unit="",
    en="calls with others in the last {window}",
    zh="近{window}与通话对象的通话次数",
    needs=("calls",),
    staff_may_hear=False,
)
neighbours.declare(
    "closest_neighbour_share",
    weeks=(12,),
    column="closest_percent",
    unit="%",
    en="share of the last {window}' calls with the one most called",
    zh="近{window}与最常通话对象的通话占比",
    needs=("calls",),
    staff_may_hear=False,
)
neighbours.declare(
    "on_net_share",
    weeks=(12,),
    column="on_net_percent",
    unit="%",
    en="share of the last {window}' call partners in our network",
    zh="近{window}通话对象中本网客户占比",
    needs=("other_id", "contracts.event"),
    staff_may_hear=False,
)
for weeks in (8, 12):
    neighbours.declare(
        "neighbours_left",
        weeks=(weeks,),
        column=f"left_{weeks}w",
        unit="",
        en="call partners known to have left in the last {window}",
        zh="近{window}已知离网的通话对象数",
        needs=("other_id", "contracts.event"),
        staff_may_hear=False,
    )
    neighbours.declare(
        "neighbours_left_share",
        weeks=(weeks,),
        column=f"left_percent_{weeks}w",
        unit="%",
        en="share of call partners known to have left in the last {window}",
        zh="近{window}已知离网的通话对象占比",
        needs=("other_id", "contracts.event"),
        staff_may_hear=False,
    )

for weeks in (1, 4):
    city.declare(
        "city_dropped_calls",
        weeks=(weeks,),
        column=f"dropped_calls_{weeks}w",
        unit="",
        en="dropped calls a week of a customer in the same city, last {window}",
        zh="近{window}同城客户人均每周掉话次数",
        needs=("dropped_calls", "customers.city"),
    )
    city.declare(
        "city_rival_hotline_calls",
        weeks=(weeks,),
        column=f"rival_hotline_calls_{weeks}w",
        unit="",
        group="usage",
        en="calls a week to rivals' hotlines of a customer in the same city, last {window}",
        zh="近{window}同城客户人均每周拨打他网客服热线次数",
        needs=("rival_hotline_calls", "customers.city"),
        staff_may_hear=False,
    )

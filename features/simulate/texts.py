"""What complaining customers say: a few sentences per category, in Chinese and English."""

from __future__ import annotations

SENTENCES = {
    "network": (
        "家里信号很差，经常掉话",
        "地铁里打电话总是断线，希望尽快处理",
        "calls drop every evening at home",
        "no signal in the office since last week",
    ),
    "billing": (
        "这个月话费比平时多了很多，请核查",
        "没有订购的增值业务被扣费",
        "my bill went up and nobody told me why",
        "charged twice for the same package",
    ),
    "service": (
        "营业厅排队太久，态度不好",
        "热线一直转人工转不进去",
        "the hotline kept me waiting for forty minutes",
        "nobody called back as promised",
    ),
    "cancel_request": (
        "我要销号，请告诉我怎么办理",
        "想把号码停掉，不再使用了",
        "I want to cancel my number",
        "how can I end my contract",
    ),
}
CHANNELS = ("hotline", "store", "app")
REASONS = {
    "base": "other",
    "bill_shock": "price",
    "complaint": "service",
    "contract_end": "contract ended",
    "network_trouble": "network",
    "fading": "no longer needed",
    "rival": "rival offer",
    "early_life": "not as expected",
    "cancel_request": "price",
}

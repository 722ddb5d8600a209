"""Single customers and groups: archive, value tiers, potential large customers, who churned."""

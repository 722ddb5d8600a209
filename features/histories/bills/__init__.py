"""Bills and payments: what was known of them, arrears, the plan that would fit, value tiers."""

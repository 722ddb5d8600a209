"""Who changed, who owes, and how customers stand by declared rules: warnings, arrears, standing."""

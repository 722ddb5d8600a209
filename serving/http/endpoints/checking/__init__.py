"""What answers those who check: the audit's chain, decisions made again, models and data."""

"""Randomised tests: what was done to whom, what it did, and how surely."""

"""What may be done for a customer at the counter, and what came of it."""

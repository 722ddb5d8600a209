"""What happened just now: facts posted before the operator's extract brings them."""

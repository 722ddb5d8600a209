"""The handlers of addresses that BentoML does not serve itself, a room each."""

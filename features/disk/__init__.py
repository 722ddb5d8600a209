"""How files are written and held: in one step, by one writer at a time, stopped cleanly."""

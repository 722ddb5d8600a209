"""Phone numbers: they live in the operational database alone; a file is their only way in."""

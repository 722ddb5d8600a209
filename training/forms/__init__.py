"""How single values are written: numbers, dates, times and words, in many languages."""

"""What rows are computed from, counted so that two nights can be compared.

sketches   counts of numbers in bins and of categories by level, by place; parts merge
stability  how far two counts are apart, and how far chance alone would take them
compared   what moved between two sketches, the largest first
"""

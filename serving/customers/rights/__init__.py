"""What a person may demand: a copy of everything, erasure, no automated decision."""

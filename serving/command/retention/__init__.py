"""Subcommands about lists and what leaves the house of them."""

"""Whom to call, and whom not: lists under the rules of contact."""

"""Whom a list may hold, what each option would bring, and who is picked under the limits."""

"""Forms of sign-in, and of what auditors see."""

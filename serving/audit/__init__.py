"""Who read, changed or exported what, and why: a chain of rows that shows tampering."""

"""What callers see: addresses, forms, refusals, and the document that lists them."""

"""What read-outs say of offers: the evidence on file, and the assumptions that it changes."""

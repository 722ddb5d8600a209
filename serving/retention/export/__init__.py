"""Lists that leave the house: files with a receipt, and a mark that names who received them."""

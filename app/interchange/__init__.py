"""Documents and records coming in and going out."""

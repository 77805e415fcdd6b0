"""The catalogue: one SQLite database that holds the truth. Rows in, frozen records out."""

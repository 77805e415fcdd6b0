"""Figures, not tests: `make bench`. Each is measured beside what it is compared with."""

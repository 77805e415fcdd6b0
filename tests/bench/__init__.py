"""Figures, not tests: `make bench`. Each is measured beside what it is compared with."""

import lookalike  # noqa: F401 - before numpy: it says how many threads its algebra takes

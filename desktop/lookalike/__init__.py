"""Lookalike: search your own photos by a goal image, and see which pixels make two alike."""

import os

# Many small products run on threads of our own; those of the library under numpy would only
# wait for one another, spinning. It reads this once, when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"

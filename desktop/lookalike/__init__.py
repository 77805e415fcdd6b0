"""Lookalike: search your own photos by a goal image, and see which pixels make two alike."""

__version__ = "0.1.0"

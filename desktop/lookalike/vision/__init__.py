"""Pixels to numbers: descriptors of photos, and the evidence behind a match."""

"""Ranking quality on labelled photos: `make eval FOLDER=...`. Figures and a page, not tests."""

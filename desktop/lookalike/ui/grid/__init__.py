"""The virtualised grid of photos."""

"""The window. The only rooms, with `lookalike.app`, that import PySide6."""

"""The use cases, one module each; `lookalike.library` is the door to them."""

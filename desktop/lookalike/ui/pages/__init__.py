"""The pages that can stand in the grid's place: each a widget of its own, registered by name."""

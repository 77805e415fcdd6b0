"""The viewer: one photo, large, with its evidence or beside its goal."""

"""The recipes as data, and (slow) the bundle and the wheel themselves."""

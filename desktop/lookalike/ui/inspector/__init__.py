"""Goal and result side by side, with their evidence."""

"""Taking hold of the evidence: what counts of a goal, and what answers to a place of it."""

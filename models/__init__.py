"""Where the networks come from: export, comparison with the original, the packs."""

"""`python -m lookalike`: the same program as the `lookalike` command."""

import sys

from lookalike.cli import main

if __name__ == "__main__":
    sys.exit(main())

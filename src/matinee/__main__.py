"""``python -m matinee``: the same program as the command ``matinee``."""

from __future__ import annotations

from matinee.cli import main

# Workers of `serve` import this module again, and must not start the program with it.
if __name__ == "__main__":
    main()

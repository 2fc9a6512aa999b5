"""`python -m nanoverse COMMAND`."""

import sys

from nanoverse.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""Start NanoVerse: `python run.py [serve options]`."""

import sys

from nanoverse.cli import main

if __name__ == "__main__":
    sys.exit(main(["serve", *sys.argv[1:]]))

"""`python -m basketweave`: the command line."""

from basketweave.cli import main

if __name__ == "__main__":
    main()

"""The command line: `basketweave load | derive | train | publish | recommend | …`."""

from __future__ import annotations

import sys
import warnings

STOPPED = 130


def main() -> None:
    """Run the command line; errors become one clear line and an exit code."""
    # Of a library of PyTorch Geometric's, for its makers: a user can do nothing about it.
    warnings.filterwarnings("ignore", ".torch.jit.script. is deprecated", FutureWarning)
    from basketweave.cli.app import app
    from basketweave.cli.console import fail
    from basketweave.errors import BasketweaveError, DataError

    try:
        app()
    except BasketweaveError as error:
        sys.exit(fail(str(error), error.exit_code))
    except SystemExit as ended:
        if ended.code == STOPPED:  # typer makes this of Ctrl-C, without a word
            fail("Stopped. What was stored is safe; run it again to go on.", STOPPED)
        raise
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        sys.exit(fail(_unwritten(error), DataError.exit_code))


def _unwritten(error: OSError) -> str:
    """A file that can be neither read nor written, outside the stores."""
    what = f"{error.filename}: " if error.filename else ""
    why = error.strerror or str(error)
    return f"{what}{why}. Choose another file or folder, or free some room."

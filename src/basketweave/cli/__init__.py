"""The command line: `basketweave load | derive | train | publish | recommend | …`."""

from __future__ import annotations

import sys
import warnings


def main() -> None:
    """Run the command line; errors become one clear line and an exit code."""
    # Of a library of PyTorch Geometric's, for its makers: a user can do nothing about it.
    warnings.filterwarnings("ignore", ".torch.jit.script. is deprecated", FutureWarning)
    from basketweave.cli.app import app
    from basketweave.cli.console import fail
    from basketweave.errors import BasketweaveError

    try:
        app()
    except BasketweaveError as error:
        sys.exit(fail(str(error), error.exit_code))
    except KeyboardInterrupt:
        sys.exit(fail("Stopped. What was stored is safe; run it again to go on.", 130))
    except BrokenPipeError:
        sys.exit(0)

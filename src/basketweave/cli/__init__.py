"""The command line: `basketweave load | derive | train | publish | recommend | …`."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Sequence

STOPPED = 130


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line; errors become one clear line and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what its encoding lacks is escaped
            stream.reconfigure(errors="backslashreplace")
    # Of a library of PyTorch Geometric's, for its makers: a user can do nothing about it.
    warnings.filterwarnings("ignore", ".torch.jit.script. is deprecated", FutureWarning)
    try:
        code = _run(words)
    except KeyboardInterrupt:
        code = STOPPED
    if code == STOPPED:
        _fail("Stopped. What was stored is safe; run it again to go on.")
    sys.exit(code)


def _run(words: Sequence[str] | None) -> int:
    import typer

    from basketweave.cli.app import app
    from basketweave.cli.console import fail
    from basketweave.cli.terminal import silence
    from basketweave.cli.usage import refused
    from basketweave.errors import BasketweaveError, DataError

    try:
        code = app(words, standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BasketweaveError as error:
        return fail(str(error), error.exit_code)
    except typer.TyperException as error:
        return refused(error)
    except typer.Abort:
        return STOPPED
    except BrokenPipeError:
        silence(sys.stdout)  # whoever read it has enough
        return 0
    except SystemExit as ended:  # of what prints the help
        return 0 if isinstance(ended.__context__, BrokenPipeError) else _code(ended)
    except OSError as error:
        silence(sys.stdout)
        return fail(_unwritten(error), DataError.exit_code)
    return code or 0


def _code(ended: SystemExit) -> int:
    return ended.code if isinstance(ended.code, int) else int(bool(ended.code))


def _fail(message: str) -> None:
    from basketweave.cli.console import fail

    fail(message, STOPPED)


def _unwritten(error: OSError) -> str:
    """A file that can be neither read nor written, outside the stores."""
    what = f"{error.filename}: " if error.filename else ""
    why = error.strerror or str(error)
    return f"{what}{why}. Choose another file or folder, or free some room."

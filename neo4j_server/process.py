"""One server process: started on its own, found again, and ended."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Sequence

import psutil

from basketweave.errors import StoreError
from basketweave.neo4j_server.home import Home


def home_argument(home: Home) -> str:
    """The argument by which a server of this home is told from any other process."""
    return f"--home-dir={home.folder}"


def launch(command: Sequence[str], home: Home) -> psutil.Process:
    """Start a server that outlives this process and does not hear its Ctrl-C."""
    try:
        with home.console_file.open("wb") as output:
            child = subprocess.Popen(
                command,
                cwd=home.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise StoreError(
            f"Java cannot be run from {command[0]} ({error.strerror}). Install one: "
            "pip install 'basketweave[server]'"
        ) from error
    # It is meant to outlive us, so Popen shall not warn that it still runs.
    child.returncode = 0
    return psutil.Process(child.pid)


def running_server(home: Home, pid: int | None) -> psutil.Process | None:
    """The process `pid`; None where it is no server of this home (any more)."""
    try:
        process = psutil.Process(pid) if pid else None
    except psutil.NoSuchProcess:
        return None
    return process if process and _serves(process, home) else None


def find(home: Home) -> psutil.Process | None:
    """A server of this home that no record names, as its starter was killed."""
    return next((p for p in psutil.process_iter() if _serves(p, home)), None)


def _serves(process: psutil.Process, home: Home) -> bool:
    try:
        return home_argument(home) in process.cmdline() and is_alive(process)
    except psutil.Error:
        return False


def is_alive(process: psutil.Process) -> bool:
    """Whether the process runs; one that ended but was not waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(process: psutil.Process, grace: float) -> None:
    """Ask the process to stop (SIGTERM); kill it where it runs on for `grace` seconds."""
    try:
        process.terminate()
        if not _gone(process, grace):
            process.kill()
            _gone(process, grace)
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied as error:
        raise StoreError(
            f"The server (process {process.pid}) belongs to another user. "
            "Stop it as that user, or choose another folder with BASKETWEAVE_HOME."
        ) from error


def _gone(process: psutil.Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    # Waiting frees its entry in the process table where it is our child.
    with contextlib.suppress(psutil.Error):
        process.wait(timeout=0)
    return True

"""A session of Spark, and in sentences why there is none."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from basketweave.errors import StoreError, UsageError

TESTED, JAVA = "4.3", 17


@contextmanager
def spark_session(
    master: str, partitions: int, name: str = "basketweave derive"
) -> Iterator[Any]:
    """A session on a master, such as `spark://host:7077` or `local[2]`.

    What `spark-defaults.conf` says holds. Where the process has a session it is used, and
    stays. Raises `UsageError` where pyspark or a Java it runs on are not there,
    `StoreError` where the master does not answer, or Spark does not start with it.
    """
    session = _builder()
    check_java()
    check_master(master)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    given = {
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.adaptive.skewJoin.enabled": "true",
        "spark.sql.shuffle.partitions": str(partitions),
    }
    running = session.getActiveSession() is not None
    builder = session.builder.master(master).appName(name)
    for setting, value in given.items():
        builder = builder.config(setting, value)
    spark = _started(builder, master)
    try:
        yield spark
    finally:
        if not running:
            spark.stop()


def of_spark(error: BaseException) -> bool:
    """Whether pyspark raised it, or its way into Java."""
    return type(error).__module__.startswith(("pyspark.", "py4j."))


def _started(builder: Any, master: str) -> Any:
    try:
        return builder.getOrCreate()
    except Exception as error:
        if not of_spark(error):
            raise
        raise StoreError(
            f"Spark did not start with the master {master!r}; what it printed says why. "
            "Name one as --spark spark://HOST:7077, or local[2]."
        ) from error


def _builder() -> Any:
    try:
        import pyspark
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError(
            "Spark needs pyspark: pip install 'basketweave[spark]'"
        ) from error
    tell_version(pyspark.__version__)
    return SparkSession


def tell_version(found: str) -> None:
    """Warn, once, of a Spark that this was not tested with."""
    if not found.startswith(f"{TESTED}."):
        warnings.warn(
            f"This was tested with Spark {TESTED}, and here is {found}. The cluster's "
            "and pyspark's have to be the same.",
            stacklevel=2,
        )


def check_java() -> None:
    """Raise `UsageError` where there is no Java that Spark runs on."""
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home) / "bin/java") if home else "java"
    try:
        said = subprocess.run(
            [program, "-version"], check=False, capture_output=True, text=True
        )
    except OSError:
        said = None
    found = re.search(r'version "(?:1\.)?(\d+)', said.stderr) if said else None
    if found is None or int(found[1]) < JAVA:
        there = f"is Java {found[1]}" if found else "does not run"
        raise UsageError(
            f"Spark needs Java {JAVA} or later, and {program} {there}. Install one, and "
            "set JAVA_HOME to it."
        )


def check_master(master: str) -> None:
    """Raise `StoreError` where none of `spark://host:port,host:port` takes a call.

    Spark itself tries for a minute, and then says that a context was stopped.
    """
    if not master.startswith("spark://"):
        return
    for one in master.removeprefix("spark://").split(","):
        host, _, port = one.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
            return
        except (OSError, ValueError) as error:
            why = error
    raise StoreError(
        f"No Spark master answers at {master} ({why}). Start one, or name another: "
        "--spark spark://HOST:7077"
    )

"""docs/scale.md: Neo4j's connector for Spark writes what `derive` left in files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import polars.testing
import pytest

from basketweave.graph.schema import FOLLOWED_BY
from basketweave.graph.sharded import read_parts
from basketweave.graph.sharded.derive import derive_parts
from basketweave.neo4j_server import ServerInfo
from tests.servers import alone_on

EDGES = """
    MATCH (a:Item)-[r:FOLLOWED_BY]->(b:Item)
    RETURN a.id AS src, b.id AS dst, r.support AS support, r.weight AS weight
"""


@pytest.mark.spark
@pytest.mark.connector
def test_the_connector_writes_the_relationships(
    blocks: Callable[[str, str], list[str]],
    generated_shop: Path,
    neo4j_server: ServerInfo,
    tmp_path: Path,
) -> None:
    shop = shutil.copytree(generated_shop, tmp_path / "journey")
    wanted = derive_parts(shop).edges(FOLLOWED_BY)
    (block,) = blocks("docs/scale.md", "python")
    block = block.replace("bolt://10.0.0.7:7687", neo4j_server.bolt_uri)
    block = block.replace("secret", neo4j_server.password)
    jar = os.environ["BASKETWEAVE_SPARK_CONNECTOR"]
    submitted = f"--master local[1] --jars {jar} pyspark-shell"
    with alone_on(neo4j_server) as store:
        store.load(read_parts(str(shop)))
        subprocess.run(
            [sys.executable, "-c", block],
            cwd=tmp_path,
            env=os.environ | {"PYSPARK_SUBMIT_ARGS": submitted},
            check=True,
        )
        found = store.run(EDGES)
    polars.testing.assert_frame_equal(
        pl.DataFrame(found).sort("src", "dst"),
        wanted.select("src", "dst", "support", "weight").sort("src", "dst"),
        check_dtypes=False,
        rel_tol=1e-6,
    )

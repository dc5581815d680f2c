"""The yardstick of `service.py`: FastAPI over `implicit`'s ALS, with titles alone.

    python benchmarks/yardstick.py FOLDER PORT

FOLDER has `vectors.npz`, `bought.npz` and `catalogue.json`, as `service.py` writes them.
It knows no events after its start, no rules, no parts and no paths.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import scipy.sparse as sp
import typer
import uvicorn
from fastapi import FastAPI
from implicit.cpu.als import AlternatingLeastSquares


def main(folder: Path, port: int) -> None:
    """Answer `/recommend/{user}` until killed."""
    model = AlternatingLeastSquares.load(str(folder / "vectors.npz"))
    bought: Any = sp.csr_matrix(sp.load_npz(folder / "bought.npz"))
    catalogue = json.loads((folder / "catalogue.json").read_text())
    titles: list[list[str]] = catalogue["items"]
    row = {user: n for n, user in enumerate(catalogue["users"])}
    app = FastAPI()

    @app.get("/recommend/{user}")
    def recommend(user: str, k: int = 10) -> list[dict[str, Any]]:
        n = row[user]
        items, scores = model.recommend(n, bought[n], N=k)
        found = zip(items.tolist(), scores.tolist(), strict=True)
        return [
            {"item": titles[item][0], "title": titles[item][1], "score": score}
            for item, score in found
        ]

    uvicorn.run(app, port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    typer.run(main)

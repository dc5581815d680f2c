"""Model files, vectors, recipes and addresses of any content: only documented errors."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from basketweave.encoders import load_encoder, save_encoder
from basketweave.errors import BasketweaveError, DataError, UsageError
from basketweave.graph import ModelCard, Vectors, connect, unit
from basketweave.graph.saved import load_vectors, save_vectors
from basketweave.graph.subgraph import Subgraph
from basketweave.plain_yaml import parse_yaml
from basketweave.recipes.recipe import FOLDER, parse, read_recipe
from basketweave.sequence import GRU4RecConfig
from basketweave.training import train
from tests.graphs import events_graph, histories

SHARED = settings(suppress_health_check=list(HealthCheck))

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 300),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.dates(),
    st.sampled_from(["", "1e400", ".nan", "2024-01-01", "²", "\0", "gnn", "NDCG@²"]),
)
values = st.recursive(
    scalars,
    lambda some: (
        st.lists(some, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.integers() | st.dates(), some, max_size=3
        )
    ),
    max_leaves=6,
)


def board() -> Subgraph:
    return events_graph(histories([[0, 1, 2]] * 4), list("abcd"), list("xyz"))


def vectors() -> Vectors:
    random = np.random.default_rng(0)
    ids = board().ids
    return Vectors(
        ModelCard("gat", metrics={"validation NDCG@10": 0.5}),
        ids["User"],
        ids["Item"],
        unit(random.normal(size=(4, 8))),
        unit(random.normal(size=(3, 8))),
    )


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("models") / "gru4rec.pt"
    save_encoder(GRU4RecConfig(dim=8, hidden=8).build(board()), path)
    return path


@pytest.fixture(scope="module")
def vectors_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vectors") / "gat.npz"
    save_vectors(vectors(), path)
    return path


def tried(read: Callable[[], object]) -> None:
    """Do it; anything but a documented error comes out."""
    with suppress(BasketweaveError):
        read()


@st.composite
def damage(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Some way to break a file."""
    place, length = draw(st.floats(0, 1)), draw(st.integers(1, 64))
    put = draw(st.binary(max_size=64))
    cut = draw(st.booleans())

    def broken(content: bytes) -> bytes:
        at = int(place * len(content))
        return content[:at] if cut else content[:at] + put + content[at + length :]

    return broken


@given(damage())
def test_a_damaged_model_file_is_refused(
    model_file: Path, broken: Callable[[bytes], bytes]
) -> None:
    path = model_file.with_name("damaged.pt")
    path.write_bytes(broken(model_file.read_bytes()))
    tried(lambda: load_encoder(path))


@given(damage())
def test_a_damaged_file_of_vectors_is_refused(
    vectors_file: Path, broken: Callable[[bytes], bytes]
) -> None:
    path = vectors_file.with_name("damaged.npz")
    path.write_bytes(broken(vectors_file.read_bytes()))
    tried(lambda: load_vectors(path))


@given(st.sampled_from(["format", "model", "config", "known", "state"]), values)
def test_a_model_file_with_another_part_is_refused(
    model_file: Path, part: str, value: Any
) -> None:
    path = model_file.with_name("changed.pt")
    content = torch.load(model_file, weights_only=True)
    torch.save({**content, part: value}, path)
    with pytest.raises(DataError):
        load_encoder(path)
    torch.save({name: one for name, one in content.items() if name != part}, path)
    with pytest.raises(DataError):
        load_encoder(path)


@given(
    st.sampled_from(["dim", "hidden", "epochs", "name", "kind", "learning_rate"]),
    st.none() | st.integers(-5, 40) | st.floats() | st.text(max_size=5),
)
def test_a_model_file_with_another_setting_is_refused(
    model_file: Path, name: str, value: Any
) -> None:
    path = model_file.with_name("setting.pt")
    content = torch.load(model_file, weights_only=True)
    config = yaml.safe_load(content["config"])
    torch.save({**content, "config": json.dumps({**config, name: value})}, path)
    tried(lambda: load_encoder(path))


names = st.sampled_from(
    ["format", "card", "users", "items", "user_vectors", "item_vectors", "bare"]
)
arrays = st.one_of(
    values.map(lambda value: np.array(str(value))),
    st.floats().map(np.array),
    st.integers(-5, 5).map(np.array),
    st.tuples(st.integers(0, 5), st.integers(0, 9)).map(np.zeros),
    st.tuples(st.integers(0, 5), st.integers(0, 9)).map(lambda s: np.full(s, np.nan)),
    st.integers(0, 5).map(lambda n: np.zeros(n, bool)),
    st.sampled_from([np.zeros((3, 8), complex), np.zeros((3, 8), "M8[s]")]),
)


@given(names, arrays)
def test_a_file_with_other_arrays_is_refused(
    vectors_file: Path, name: str, array: Any
) -> None:
    path = vectors_file.with_name("arrays.npz")
    with np.load(vectors_file) as file:
        content = dict(file)
    np.savez(path, **{**content, name: array})
    tried(lambda: load_vectors(path))
    np.savez(path, **{n: one for n, one in content.items() if n != name})
    with pytest.raises(DataError):
        load_vectors(path)


@given(values, arrays)
def test_vectors_of_anything_are_refused(ids: Any, array: Any) -> None:
    whole = vectors()
    assume(ids != [])  # nobody at all is no mistake

    def made() -> None:
        series = pl.Series(ids if isinstance(ids, list) else [ids], strict=False)
        Vectors(whole.card, series, whole.items, array, whole.item_vectors)

    with pytest.raises(DataError):
        made()


@st.composite
def changed_recipe(draw: st.DrawFn) -> str:
    """A recipe that comes along, with something else in one place."""
    file = draw(st.sampled_from(sorted(FOLDER.glob("*.yaml"))))
    content = yaml.safe_load(file.read_text("utf-8"))
    at: Any = content
    for _ in range(draw(st.integers(0, 4))):
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        deeper = [k for k in keys if isinstance(at[k], dict | list) and at[k]]
        if not deeper:
            break
        at = at[draw(st.sampled_from(deeper))]
    key = draw(st.sampled_from(list(at) if isinstance(at, dict) else range(len(at))))
    at[key] = draw(values)
    return yaml.safe_dump(content, allow_unicode=True)


@given(changed_recipe())
def test_a_recipe_with_anything_in_it_is_read_or_refused(text: str) -> None:
    tried(lambda: parse(text, "some.yaml"))


@given(st.text("[]{}:,-!&*?|>'\"%@ \n\t#~0123456789abcyno.<=", max_size=60))
def test_any_text_is_yaml_or_refused(text: str) -> None:
    tried(lambda: parse_yaml(text, "some.yaml"))
    tried(lambda: parse(text, "some.yaml"))


@pytest.mark.parametrize(
    "text",
    ["[" * 5_000, "a: !!int x", "a: 2024-13-45", "? [a]\n: b", "!!python/name:os.x"],
)
def test_yaml_that_its_reader_stumbles_on_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text, "some.yaml")


def test_what_looks_like_a_date_is_a_name() -> None:
    assert parse_yaml("name: 2024-01-01\n2024-01-02: x", "it") == {
        "name": "2024-01-01",
        "2024-01-02": "x",
    }


@pytest.mark.parametrize("name", ["", ".", "/", "a" * 300, "no\0name", "nothing.yaml"])
def test_what_is_no_recipe_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        read_recipe(name)


@SHARED
@given(
    st.sampled_from(["", "ladybug://", "http://", "file://", "://"]),
    st.text(max_size=12) | st.sampled_from(["[::1", "~nobody", "a" * 300, "%", "/"]),
)
def test_an_address_of_anything_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, rest: str
) -> None:
    monkeypatch.chdir(tmp_path)

    def opened() -> None:
        with connect(scheme + rest, read_only=True):
            pass

    tried(opened)
    assert list(tmp_path.iterdir()) == []


class Boom:
    """What a pickle would run."""

    def __reduce__(self) -> Any:
        return (open, ("ran", "w"))


def test_a_pickle_is_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vectors_file: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.pt").write_bytes(pickle.dumps({"format": 1, "model": Boom()}))
    torch.save({"format": 1, "model": Boom()}, tmp_path / "torch.pt")
    held = io.BytesIO()
    np.save(held, np.array([Boom()], object), allow_pickle=True)
    with zipfile.ZipFile(vectors_file) as file, zipfile.ZipFile("v.npz", "w") as out:
        for name in file.namelist():
            with file.open(name) as one:
                content = held.getvalue() if name == "bare.npy" else one.read()
            out.writestr(name, content)
    (tmp_path / "plain.npz").write_bytes(pickle.dumps(Boom()))
    for name in ("model.pt", "torch.pt"):
        with pytest.raises(DataError):
            load_encoder(tmp_path / name)
    for name in ("v.npz", "plain.npz"):
        with pytest.raises(DataError):
            load_vectors(tmp_path / name)
    assert not (tmp_path / "ran").exists()


def test_the_state_of_a_training_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    train(board(), GRU4RecConfig(dim=8, epochs=1), checkpoint=path)
    with pytest.raises(DataError, match="not finished, and no model"):
        load_encoder(path)


def test_a_folder_is_no_model_file(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        load_encoder(tmp_path)
    with pytest.raises(DataError):
        load_vectors(tmp_path)


def test_parameters_that_are_not_finite_are_refused(model_file: Path) -> None:
    content = torch.load(model_file, weights_only=True)
    state = dict(content["state"])
    state["items.id.weight"] = torch.full_like(state["items.id.weight"], torch.nan)
    path = model_file.with_name("nan.pt")
    torch.save({**content, "state": state}, path)
    with pytest.raises(DataError, match="Train the model again"):
        load_encoder(path)

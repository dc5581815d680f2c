"""What is installed is what is in the folders, and importing it costs little."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from importlib import import_module
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import basketweave

ROOT = Path(__file__).resolve().parents[2]
LINKS = sorted(p for p in (ROOT / "src/basketweave").iterdir() if p.is_symlink())
HEAVY = {"ladybug", "neo4j", "numpy", "pandas", "polars", "pydantic", "scipy", "torch"}

in_git = pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="this is not a git checkout"
)


def tracked() -> list[Path]:
    """The files of the checkout: tracked, or new and not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    )
    names = {Path(name) for name in listed.stdout.split("\0") if name}
    return sorted(name for name in names if os.path.lexists(ROOT / name))


@pytest.fixture(scope="module")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a fresh sdist and the wheel made from it.

    `make dist` has built them already, and names the folder in `BASKETWEAVE_DIST`.
    """
    if "BASKETWEAVE_DIST" in os.environ:
        return ROOT / os.environ["BASKETWEAVE_DIST"]
    tree = tmp_path_factory.mktemp("distribution") / "tree"
    for name in tracked():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name, follow_symlinks=False)
    build = [sys.executable, "-m", "build", "--no-isolation"]
    done = subprocess.run(build, cwd=tree, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return tree / "dist"


@pytest.fixture(scope="module")
def wheel(distribution: Path) -> set[PurePosixPath]:
    """The names of the files in the wheel."""
    (path,) = distribution.glob("*.whl")
    with ZipFile(path) as archive:
        return {PurePosixPath(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def sdist(distribution: Path) -> set[PurePosixPath]:
    """The names of the files in the sdist, below its one folder."""
    (path,) = distribution.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = [PurePosixPath(member.name) for member in archive if member.isfile()]
    return {PurePosixPath(*name.parts[1:]) for name in names}


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def packages_on_disk() -> dict[str, str]:
    """Each package's name and its folder, the code folders by their real place."""
    found = {}
    for top in (ROOT / "src/basketweave", *(link.resolve() for link in LINKS)):
        name = PurePosixPath("" if top.name == "basketweave" else top.name)
        for init in top.rglob("__init__.py"):
            folder = init.parent
            parts = ("basketweave", *name.parts, *folder.relative_to(top).parts)
            found[".".join(parts)] = folder.relative_to(ROOT).as_posix()
    return found


# --- the folders ---


def test_pyproject_lists_every_package(pyproject: dict[str, Any]) -> None:
    table = pyproject["tool"]["setuptools"]
    assert sorted(table["packages"]) == sorted(packages_on_disk())
    assert table["package-dir"].items() <= packages_on_disk().items()


@in_git
def test_every_folder_with_code_is_a_package() -> None:
    packages = {ROOT / folder for folder in packages_on_disk().values()}
    tops = {ROOT / "src", *(link.resolve() for link in LINKS)}
    modules = [ROOT / name for name in tracked() if name.suffix == ".py"]
    stray = [m for m in modules if tops & {*m.parents} and m.parent not in packages]
    assert not stray


@in_git
def test_each_code_folder_is_linked_into_the_package() -> None:
    assert LINKS, "this checkout has no symbolic links: CONTRIBUTING.md says how"
    for link in LINKS:
        assert link.readlink() == Path("../..", link.name)
    tops = {init.parent for init in ROOT.glob("*/__init__.py")}
    assert tops == {ROOT / link.name for link in LINKS}


# --- the versions ---


def test_the_tested_versions_fit_every_requirement(pyproject: dict[str, Any]) -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    tested = {canonicalize_name(name): version for name, version in pins}
    project, groups = pyproject["project"], pyproject["dependency-groups"]
    extras = project["optional-dependencies"].values()
    for text in chain(project["dependencies"], *extras, *groups.values()):
        wanted = Requirement(text)
        assert tested[canonicalize_name(wanted.name)] in wanted.specifier


# --- the wheel ---


def test_the_wheel_installs_one_name_only(wheel: set[PurePosixPath]) -> None:
    info = f"basketweave-{basketweave.__version__}.dist-info"
    assert {name.parts[0] for name in wheel} == {"basketweave", info}


@in_git
def test_the_wheel_has_each_file_of_the_packages(wheel: set[PurePosixPath]) -> None:
    tops = {link.name: PurePosixPath("basketweave", link.name) for link in LINKS}
    expected = set()
    for name in tracked():
        path = PurePosixPath(name)
        if path.parts[0] in tops:
            expected.add(tops[path.parts[0]].joinpath(*path.parts[1:]))
        elif path.is_relative_to("src") and not (ROOT / name).is_symlink():
            expected.add(path.relative_to("src"))
    assert {name for name in wheel if name.parts[0] == "basketweave"} == expected
    assert PurePosixPath("basketweave/py.typed") in wheel
    assert any(name.suffix == ".cypher" for name in wheel)


@in_git
def test_the_sdist_has_the_tests_and_no_data(sdist: set[PurePosixPath]) -> None:
    tests = {PurePosixPath(p) for p in tracked() if p.parts[0] == "tests"}
    assert tests <= sdist
    generated = {"PKG-INFO", "setup.cfg", "basketweave.egg-info"}
    known = {PurePosixPath(name) for name in tracked()}
    assert {n for n in sdist if n.parts[0] not in generated} <= known


# --- the public face ---


@pytest.mark.parametrize("name", basketweave.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(basketweave, name) is not None


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
def test_every_public_name_of_a_folder_is_there(link: Path) -> None:
    package = import_module(f"basketweave.{link.name}")
    for name in getattr(package, "__all__", ()):
        assert getattr(package, name) is not None


@pytest.mark.parametrize("name", ["basketweave", "basketweave.cli"])
def test_importing_the_package_loads_nothing_heavy(name: str) -> None:
    code = f"import sys, {name}; print(*{{n.partition('.')[0] for n in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert not HEAVY & set(done.stdout.split())


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        basketweave.no_such_name  # noqa: B018

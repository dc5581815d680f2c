"""`basketweave neo4j start | stop | status | logs`: a private server, no Docker."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from basketweave.cli.console import err, out, say, show_json
from basketweave.cli.options import AsJson

if TYPE_CHECKING:
    from basketweave.neo4j_server import Neo4jServer, ServerInfo

app = typer.Typer(no_args_is_help=True)

Home = Annotated[
    Path | None, typer.Option(help="Folder of the server's data and settings.")
]
Version = Annotated[
    str | None, typer.Option(help="Neo4j release: a 5.26 LTS or a 2026 one.")
]


@app.command()
def start(
    home: Home = None,
    version: Version = None,
    heap: Annotated[str, typer.Option(help="Java heap.")] = "1g",
    browser: Annotated[bool, typer.Option(help="Serve Neo4j Browser.")] = True,
    as_json: AsJson = False,
) -> None:
    """Start the server (fetching it the first time) and say how to reach it."""
    with err.status("Starting Neo4j") as status:
        info = _server(home, version).start(
            browser=browser, heap=heap, report=status.update
        )
    _show(info, as_json)


@app.command()
def stop(home: Home = None, version: Version = None) -> None:
    """Stop the server; its data stays."""
    stopped = _server(home, version).stop()
    say("Stopped." if stopped else "No server was running.")


@app.command()
def status(home: Home = None, version: Version = None, as_json: AsJson = False) -> None:
    """Say whether the server runs and where. Exit code 1 where it does not."""
    info = _server(home, version).status()
    if info is None:
        say("Not running. Start it: basketweave neo4j start")
        raise typer.Exit(1)
    _show(info, as_json)


@app.command()
def logs(
    home: Home = None,
    version: Version = None,
    lines: Annotated[int, typer.Option(help="How many of the last lines.")] = 50,
) -> None:
    """Print the last lines of the server's log."""
    said = _server(home, version).logs(lines)
    out.print(said or "Nothing has been logged here.", highlight=False)


def _server(home: Path | None, version: str | None) -> Neo4jServer:
    from basketweave.neo4j_server import DEFAULT_VERSION, Neo4jServer, default_home

    chosen = version or DEFAULT_VERSION
    return Neo4jServer(home or default_home(chosen), chosen)


def _show(info: ServerInfo, as_json: bool) -> None:
    if as_json:
        show_json(
            {
                "bolt": info.bolt_uri,
                "browser": info.browser_url,
                "user": info.user,
                "password_file": str(info.password_file),
                "version": info.version,
                "pid": info.pid,
            }
        )
        return
    say(f"Neo4j {info.version} is running (process {info.pid}).")
    say(f"  bolt      {info.bolt_uri}")
    say(f"  browser   {info.browser_url or 'not served'}")
    say(f"  user      {info.user}, password in {info.password_file}")
    say("Use it:")
    say(f'  export NEO4J_PASSWORD="$(cat {shlex.quote(str(info.password_file))})"')
    say(f"  export BASKETWEAVE_STORE={info.bolt_uri}")
    say("  basketweave load complete_journey")

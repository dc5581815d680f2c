"""`basketweave neo4j start | stop | status | browser | logs`: a private server."""

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
_DATASETS = """
CALL db.labels() YIELD label
WHERE label =~ '[A-Za-z][A-Za-z0-9]{0,15}_Dataset'
MATCH (d:$(label))
WHERE d.mapping IS NOT NULL
RETURN DISTINCT split(label, '_')[0] AS prefix
"""
"""Under which prefixes graphs are adopted."""

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
    page_cache: Annotated[
        str, typer.Option(help="Memory for the files of the graph.")
    ] = "512m",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="key=value of neo4j.conf, kept; key= takes it away."
        ),
    ] = None,
    plugin: Annotated[
        list[Path] | None, typer.Option(help="A plug-in's jar, kept (may be repeated).")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Serve Neo4j Browser.")] = True,
    as_json: AsJson = False,
) -> None:
    """Start the server (fetching it the first time) and say how to reach it."""
    with err.status("Starting Neo4j") as status:
        info = _server(home, version).start(
            browser=browser,
            heap=heap,
            page_cache=page_cache,
            settings=settings or (),
            plugins=plugin or (),
            report=status.update,
        )
        status.update("Asking once, so that the first answer is quick")
        _warm(info)
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
def browser(
    home: Home = None,
    version: Version = None,
    port: Annotated[
        int, typer.Option(help="Where the tour is served; 0: any that is free.")
    ] = 8751,
    launch: Annotated[
        bool, typer.Option("--open/--no-open", help="Open it in your browser too.")
    ] = True,
    prefix: Annotated[
        str | None, typer.Option(help="Of an adopted graph, whose names it has then.")
    ] = None,
) -> None:
    """Print the link that opens Neo4j Browser with a tour of the loaded graph.

    The tour is served from here until Ctrl-C. `basketweave queries --tour`
    prints it for a newer Browser.
    """
    import webbrowser

    from basketweave.cli.tour import TOUR, fill, link, values
    from basketweave.errors import StoreError
    from basketweave.graph.connect import connect
    from basketweave.neo4j_server.pages import Pages

    info = _server(home, version).status()
    if info is None or info.browser_url is None:
        raise StoreError(
            "No server with Neo4j Browser is running here. Start it: "
            "basketweave neo4j start"
        )
    user, password = info.user, info.password
    with Pages({}, port) as pages:
        with connect(
            info.bolt_uri, prefix=prefix, user=user, password=password
        ) as store:
            fill(pages, values(store), store)
        address = link(info, pages.url(TOUR))
        say(f"Neo4j Browser with the tour:  {address}  (Ctrl-C ends it)")
        say(f"The password is in {info.password_file}")
        if launch:
            webbrowser.open(address)
        try:
            pages.serve_forever()
        except KeyboardInterrupt:
            say("Ended.")


@app.command()
def logs(
    home: Home = None,
    version: Version = None,
    lines: Annotated[int, typer.Option(help="How many of the last lines.")] = 50,
) -> None:
    """Print the last lines of the server's log."""
    said = _server(home, version).logs(lines)
    out.print(said or "Nothing has been logged here.", highlight=False)


def _warm(info: ServerInfo) -> None:
    """Ask for recommendations once, also of adopted graphs: a plan takes seconds."""
    from basketweave.graph.connect import connect
    from basketweave.serving.recommender import Recommender

    user, password = info.user, info.password
    with connect(info.bolt_uri, user=user, password=password) as store:
        found = store.run(_DATASETS)["prefix"].to_list()
    for prefix in (None, *found):
        with connect(
            info.bolt_uri, prefix=prefix, user=user, password=password
        ) as store:
            derived = store.dataset()
            some = store.find_users("", 1)
            if derived is not None and derived.derived and some:
                Recommender(store).recommend(some[0], known="any")


def _memory(info: ServerInfo) -> str:
    """The memory that the server was given, as its settings say."""
    lines = (info.home / "conf" / "neo4j.conf").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if "=" in line)
    heap = given.get("server.memory.heap.max_size", "?")
    return f"heap {heap}, page cache {given.get('server.memory.pagecache.size', '?')}"


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
                "memory": _memory(info),
            }
        )
        return
    say(f"Neo4j {info.version} is running (process {info.pid}).")
    say(f"  bolt      {info.bolt_uri}")
    say(f"  browser   {info.browser_url or 'not served'}")
    say(f"  memory    {_memory(info)}")
    say(f"  user      {info.user}, password in {info.password_file}")
    say("Use it:")
    say(f'  export NEO4J_PASSWORD="$(cat {shlex.quote(str(info.password_file))})"')
    say(f"  export BASKETWEAVE_STORE={info.bolt_uri}")
    say("  basketweave load complete_journey")
    if info.browser_url:
        say("  basketweave neo4j browser       # a tour of what is loaded")

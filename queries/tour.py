"""A guided tour of the questions, as Neo4j Browser plays it: in HTML and in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from basketweave.queries.question import Question, question
from basketweave.queries.saved import mine
from basketweave.queries.topics import TOPICS

Said = Callable[[str], str]
WELCOME = (
    "People, items, categories and brands are nodes; what people bought, and what goes "
    "together or follows, are relationships. Each question below is put into the editor "
    "by a click; run it there, and change the values in it."
)
QUIET = ":config autoComplete: false"
"""Without it the Browser draws all relationships between the nodes that it shows."""


def html(values: Mapping[str, Any], style: str, said: Said = str) -> str:
    """The tour for `:play` in Neo4j Browser 5.

    values  parameter -> value, in place of the questions' defaults
    style   the address of the style, which the first slide loads at a click
    said    makes of a statement one in the words of the graph
    """
    slides = "".join(
        _slide(topic, [question(name) for name in names], values, said)
        for topic, names in TOPICS.items()
    )
    return (
        '<article class="guide"><title>basketweave</title><carousel>'
        f"<slide><h3>A graph that recommends</h3><p>{escape(WELCOME)}</p>"
        f"<p>First, once: {_now(QUIET)} keeps pictures clear, and "
        f"{_now(f':style {style}')} has colours and captions for this graph.</p></slide>"
        f"{slides}</carousel></article>"
    )


def markdown(values: Mapping[str, Any], said: Said = str) -> str:
    """The tour for Browsers that play Markdown: slides between lines of `---`."""
    pages = [f"# A graph that recommends\n\n{WELCOME}\n"]
    for topic, names in TOPICS.items():
        told = [f"# {topic}\n"]
        for name in names:
            asked = question(name)
            told.append(f"## {_title(name)}\n\n{asked.summary}\n")
            told.append(f"```cypher\n{_statement(asked, values, said)}\n```\n")
        pages.append("\n".join(told))
    return "\n---\n\n".join(pages)


def _slide(
    topic: str, asked: list[Question], values: Mapping[str, Any], said: Said
) -> str:
    # Quotes too are escaped: of ` one.part = 'gnn'` the Browser would take ` on…='gnn'`
    # for a handler, and cut it out.
    told = "".join(
        f"<h4>{escape(_title(one.name))}</h4><p>{escape(one.summary)}</p>"
        f'<pre class="pre-scrollable code runnable">'
        f"{escape(_statement(one, values, said))}</pre>"
        for one in asked
    )
    return f"<slide><h3>{escape(topic)}</h3>{told}</slide>"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _statement(asked: Question, values: Mapping[str, Any], said: Said) -> str:
    """One line that says what it is, and the statement."""
    pasted = asked.pasted(mine(asked, values)).removeprefix(asked.head).strip()
    return f"// {asked.name}: {asked.summary}\n{said(pasted)}"


def _now(command: str) -> str:
    told = escape(command)
    return f'<a exec-topic="{told.removeprefix(":")}"><code>{told}</code></a>'

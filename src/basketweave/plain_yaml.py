"""YAML as people mean it: what looks like a date is the text that stands there."""

from __future__ import annotations

from typing import Any

import yaml

from basketweave.errors import UsageError


class _PlainLoader(yaml.SafeLoader):
    """No code, and no dates: `name: 2024-01-01` is a name."""


_PlainLoader.yaml_implicit_resolvers = {
    sign: [(tag, found) for tag, found in kinds if not tag.endswith(":timestamp")]
    for sign, kinds in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse_yaml(text: str, where: object) -> Any:
    """The content of a YAML text.

    Raises `UsageError`, which names `where` the text stands, for what is no YAML.
    """
    try:
        return yaml.load(text, _PlainLoader)
    except (yaml.YAMLError, ValueError, TypeError, KeyError) as error:
        # A constructor raises the last three for values that are none, such as !!int x
        raise UsageError(f"'{where}' is not YAML: {error}") from None
    except RecursionError:
        raise UsageError(f"'{where}' is nested too deeply.") from None

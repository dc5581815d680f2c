"""YAML in which every scalar is the text that a person wrote."""

from __future__ import annotations

import yaml

_KEPT = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}


class PlainLoader(yaml.SafeLoader):
    """Reads 2024-01-01, no, on and 007 as texts, and only `null`, ~ and nothing as None.

    A column may have any name, and YAML makes dates, truth values and octal numbers of
    some. Keys that stand twice are refused: the second would win without a word.
    """


PlainLoader.yaml_implicit_resolvers = {
    sign: [(tag, found) for tag, found in kinds if tag in _KEPT]
    for sign, kinds in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping(loader: PlainLoader, node: yaml.MappingNode) -> dict[object, object]:
    seen: set[object] = set()
    for key, _ in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else None
        if name in seen and name not in (None, "<<"):
            raise yaml.constructor.ConstructorError(
                None, None, f"'{name}' stands twice", key.start_mark
            )
        seen.add(name)
    loader.flatten_mapping(node)
    pairs = loader.construct_pairs(node, deep=True)
    if not all(isinstance(key, str) for key, _ in pairs):
        raise yaml.constructor.ConstructorError(
            None, None, "a key is not a text", node.start_mark
        )
    return dict(pairs)


PlainLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)

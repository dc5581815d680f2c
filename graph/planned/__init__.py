"""What both stores share: how nodes, links, properties and versions are planned."""

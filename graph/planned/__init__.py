"""What both stores plan and say: nodes, links, properties, order, versions."""

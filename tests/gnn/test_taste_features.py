"""What a graph encoder reads of users and items."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from basketweave.gnn.taste_features import taste_features
from basketweave.graph.interactions import EventLog, Interactions
from basketweave.moments import DAY


def pairs(rows: list[tuple[int, int, int]], shape: tuple[int, int]) -> Interactions:
    """Pairs from (user, item, day of the purchase)."""
    user, item, day = np.array(sorted(rows), np.int64).T
    log = EventLog(user * shape[1] + item, day * DAY, shape)
    return log.pairs()


def test_features_say_who_bought_what_and_how_lately() -> None:
    # Item 0 is bought by user 0 today, item 1 by user 1 forty days ago, item 2 by
    # nobody; items 1 and 2 share a category.
    known = pairs([(0, 0, 40), (1, 1, 0)], (2, 3))
    members = {"Category": sp.csr_array(np.array([[1, 0], [0, 1], [0, 1]], np.float32))}
    found = taste_features(known, members, rank=2, shrink=0, reference=None)
    np.testing.assert_allclose(found.popularity[0], np.log([2] * 5), rtol=1e-6)
    np.testing.assert_allclose(found.popularity[1] > 0, [0, 0, 1, 1, 1])
    np.testing.assert_allclose(found.items[0, 0], found.users[0], atol=1e-5)
    np.testing.assert_allclose(found.items[1, 0], found.users[1], atol=1e-5)
    assert not found.items[2, 0].any(), "nobody bought it"
    np.testing.assert_allclose(found.items[2, 1], found.users[1], atol=1e-5)


def test_features_are_turned_to_the_directions_of_a_reference() -> None:
    known = pairs([(u, i, 0) for u in range(8) for i in range(u % 3, 9, 2)], (8, 9))
    plain = taste_features(known, {}, 3, 0, None)
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, -1]], np.float32)
    turned = taste_features(known, {}, 3, 0, plain.basis @ turn)
    np.testing.assert_allclose(turned.users, plain.users @ turn, atol=1e-4)
    np.testing.assert_allclose(turned.items, plain.items @ turn, atol=1e-4)
    np.testing.assert_allclose(turned.basis, plain.basis @ turn, atol=1e-4)

// Why this item for this user: every way that leads there, the strongest first.
//
// user  id of a person, a text
// item  id of an item, a text
// k     how many ways
//
// A purchase of the item itself, or of one from which a relationship leads to it. The
// strength is that relationship's weight, halved for every 90 days that the purchase
// lies before the user's latest one; 1 for the item itself. All are sorted, then cut: with
// a LIMIT each row would be charged the whole history.
//
// | strength | had                  | relationship   | lastAt     | why                     |
// | 0.21     | 'Bananas, 40 LB (N…' | 'CO_PURCHASED' | 1512360080 | 'Had Bananas, 40 LB (…' |

:param {user: '1', item: '995242', k: 25};

CYPHER 5
OPTIONAL MATCH (user:User {id: toString($user)})
OPTIONAL MATCH (item:Item {id: toString($item)})
OPTIONAL CALL (user, item) {
  MATCH (user)-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(held:Item)
  WITH item, bought, held, coalesce(bought.lastAt, bought.at, bought.firstAt, 0) AS lastAt
  WITH
    item,
    max(lastAt) AS latest,
    collect({bought: bought, held: held, lastAt: lastAt}) AS history
  CALL (item, latest, history) {
    UNWIND history AS one
    WITH one.bought AS bought, one.held AS held, item, one.lastAt AS lastAt
    WHERE held = item
    RETURN bought, held, lastAt, null AS near, 1.0 AS strength
  UNION ALL
    UNWIND history AS one
    WITH one.bought AS bought, one.held AS held, item, one.lastAt AS lastAt, latest
    MATCH (held)-[near:CO_PURCHASED|FOLLOWED_BY]->(item)
    RETURN bought, held, lastAt, near,
      near.weight * 0.5 ^ ((latest - lastAt) / 7776000.0) AS strength
  }
  WITH bought, held, lastAt, near, strength
  ORDER BY strength DESC, held.id, type(near)
  WITH collect({
    bought: bought, held: held, lastAt: lastAt, near: near, strength: strength
  }) AS ways
  UNWIND ways[..toInteger($k)] AS way
  RETURN
    way.bought AS bought, way.held AS held, way.lastAt AS lastAt, way.near AS near,
    way.strength AS strength
}
RETURN
  strength,
  coalesce(held.title, held.id) AS had,
  type(near) AS relationship,
  lastAt,
  CASE
    WHEN user IS NULL THEN "There is no such user. Ids are texts, such as '1'."
    WHEN item IS NULL THEN "There is no such item. Ids are texts, such as '1'."
    WHEN held IS NULL THEN "No relationship leads there from what this user had."
    WHEN near IS NULL THEN "Had it before."
    WHEN near:FOLLOWED_BY THEN "Had " + coalesce(held.title, held.id)
      + ": whoever takes it often takes this next."
    ELSE "Had " + coalesce(held.title, held.id)
      + ": whoever takes it often takes this too."
  END AS why
ORDER BY strength DESC, had, relationship;

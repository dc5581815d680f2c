// What a person is due to buy again now, by their own interval for each item.
//
// user  id of a person, a text
// at    Unix second that counts as now; null: the time of the data's last event
// k     how many
//
// An item is due from .8 to 2 of its mean intervals after it was last bought, where it
// was bought at least three times.
//
// | id       | title         | bought | every | ago  | why                              |
// | '995242' | 'Fluid Milk…' | 12     | 9.4   | 10.1 | 'Bought every 9 days, last 10 d…' |

:param {user: '1', at: null, k: 10};

CYPHER 5
OPTIONAL MATCH (user:User {id: toString($user)})
OPTIONAL MATCH (dataset:Dataset {id: 'dataset'})
WITH user, coalesce($at, dataset.lastAt) AS now
OPTIONAL CALL (user, now) {
  MATCH (user)-[had:PURCHASED]->(item:Item)
  WITH item, now, [time IN had.times WHERE time <= now] AS times
  WHERE size(times) > 2 AND item.id IS NOT NULL
  WITH
    item,
    size(times) AS bought,
    (times[-1] - times[0]) / 86400.0 / (size(times) - 1) AS every,
    (now - times[-1]) / 86400.0 AS ago
  WHERE every > 0 AND 0.8 * every <= ago <= 2 * every
  RETURN item, bought, every, ago
  ORDER BY bought DESC, item.id
  LIMIT toInteger($k)
}
RETURN
  item.id AS id,
  item.title AS title,
  bought,
  every,
  ago,
  CASE
    WHEN user IS NULL THEN "There is no such user. Ids are texts, such as '1'."
    WHEN item IS NULL THEN "Nothing is due."
    ELSE "Bought every " + toInteger(round(every)) + " days, last " + toInteger(round(ago))
      + " days ago."
  END AS why
ORDER BY bought DESC, id;

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

MATCH (dataset:Dataset {id: 'dataset'})
WITH coalesce($at, dataset.lastAt) AS now
MATCH (:User {id: $user})-[had:PURCHASED]->(item:Item)
WHERE had.at <= now
WITH now, item, count(*) AS bought, min(had.at) AS first, max(had.at) AS last
WHERE bought > 2
WITH
  item,
  bought,
  (last - first) / 86400.0 / (bought - 1) AS every,
  (now - last) / 86400.0 AS ago
WHERE every > 0 AND 0.8 * every <= ago AND ago <= 2 * every
RETURN
  item.id AS id,
  item.title AS title,
  bought,
  every,
  ago,
  'Bought every ' + string(CAST(round(every, 0) AS INT64)) + ' days, last '
    + string(CAST(round(ago, 0) AS INT64)) + ' days ago.' AS why
ORDER BY bought DESC, id
LIMIT $k
UNION ALL
OPTIONAL MATCH (user:User {id: $user})
WITH user
WHERE user.id IS NULL
RETURN
  user.id AS id,
  CAST(NULL AS STRING) AS title,
  CAST(NULL AS INT64) AS bought,
  CAST(NULL AS DOUBLE) AS every,
  CAST(NULL AS DOUBLE) AS ago,
  "There is no such user. Ids are texts, such as '1'." AS why;

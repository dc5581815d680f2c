// What more people buy than in the weeks before: items on the rise.
//
// days   how many days count as now; as many before them are what they are held against
// among  how many of the most popular items are looked at
// k      how many
//
// | id       | title               | now | before | rise | why                           |
// | '866211' | 'Bananas, 40 LB …'  | 310 | 120    | 2.6  | 'Bought 310 times, 120 befor… |

:param {days: 28, among: 100, k: 10};

CYPHER 5
OPTIONAL MATCH (dataset:Dataset {id: 'dataset'})
WITH dataset.lastAt AS end, dataset.lastAt - 86400 * $days AS since
OPTIONAL CALL (end, since) {
  MATCH (item:Item)
  WHERE item.popularity > 0
  WITH item, end, since
  ORDER BY item.popularity DESC
  LIMIT toInteger($among)
  MATCH (item)<-[bought:PURCHASED]-()
  WHERE bought.lastAt > since - (end - since)
  WITH item, since, [time IN bought.times WHERE time > since - (end - since)] AS times
  WITH item, sum(size(times)) AS all, sum(size([time IN times WHERE time > since])) AS now
  WITH item, now, all - now AS before, (now + 1.0) / (all - now + 1.0) AS rise
  WHERE now > before AND item.id IS NOT NULL
  RETURN item, now, before, rise
  ORDER BY rise DESC, item.id
  LIMIT toInteger($k)
}
RETURN
  item.id AS id,
  item.title AS title,
  now,
  before,
  rise,
  CASE
    WHEN item IS NULL THEN "Nothing is bought more often than before."
    ELSE "Bought " + now + " times, " + before + " in as many days before."
  END AS why
ORDER BY rise DESC, id;

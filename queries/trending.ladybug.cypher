// What more people buy than in the weeks before: items on the rise.
//
// days   how many days count as now; as many before them are what they are held against
// among  how many of the most popular items are looked at
// k      how many
//
// | id       | title               | now | before | rise | why                           |
// | '866211' | 'Bananas, 40 LB …'  | 310 | 120    | 2.6  | 'Bought 310 times, 120 befor… |

:param {days: 28, among: 100, k: 10};

MATCH (dataset:Dataset {id: 'dataset'})
WITH dataset.lastAt AS until, dataset.lastAt - 86400 * $days AS since
MATCH (item:Item)
WHERE item.popularity > 0
WITH item, until, since
ORDER BY item.popularity DESC
LIMIT $among
MATCH (item)<-[bought:PURCHASED]-(:User)
WHERE bought.at > since - (until - since)
WITH item, count(*) AS both, sum(CASE WHEN bought.at > since THEN 1 ELSE 0 END) AS now
WITH item, CAST(now AS INT64) AS now, CAST(both - now AS INT64) AS before
WHERE now > before
RETURN
  item.id AS id,
  item.title AS title,
  now,
  before,
  (now + 1.0) / (before + 1.0) AS rise,
  'Bought ' + string(now) + ' times, ' + string(before) + ' in as many days before.' AS why
ORDER BY rise DESC, id
LIMIT $k;

// People who buy less than they did: their last weeks against their own before.
//
// days   how many days count as now
// least  how many purchases a person must have had before
// k      how many people
//
// usual is what as many days had on average before. Every purchase is read.
//
// | id    | now | usual | lastAt     | why                                             |
// | '718' | 2   | 31.5  | 1512360080 | '2 purchases in 28 days, 31.5 before.'          |

:param {days: 28, least: 20, k: 10};

CYPHER 5
OPTIONAL MATCH (dataset:Dataset {id: 'dataset'})
WITH dataset.lastAt AS end, dataset.lastAt - 86400 * $days AS since
OPTIONAL CALL (end, since) {
  MATCH (user:User)
  CALL (user, since) {
    MATCH (user)-[bought:PURCHASED]->()
    RETURN
      min(bought.firstAt) AS first,
      max(bought.lastAt) AS lastAt,
      sum(coalesce(bought.count, size(bought.times))) AS all,
      sum(CASE
        WHEN bought.lastAt > since THEN size([t IN bought.times WHERE t > since])
        ELSE 0
      END) AS now
  }
  WITH user, lastAt, now, all - now AS before, (since - first) / 86400.0 AS span
  WHERE before >= $least AND span > 0 AND user.id IS NOT NULL
  WITH user, lastAt, now, before * $days / CASE WHEN span < $days THEN $days ELSE span END AS usual
  WHERE now < usual / 2
  RETURN user, lastAt, now, usual
  ORDER BY usual - now DESC, user.id
  LIMIT toInteger($k)
}
RETURN
  user.id AS id,
  now,
  usual,
  lastAt,
  CASE
    WHEN user IS NULL THEN "Nobody buys less than half of what they did."
    ELSE now + " purchases in " + toInteger($days) + " days, " + round(usual, 1) + " before."
  END AS why
ORDER BY usual - now DESC, id;

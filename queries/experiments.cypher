// What experiments were started, and what each group took of what it was shown.
//
// days   how long after it was shown an item may be bought to count as taken
//
// An item counts once for a person. Whether the groups differ, and with which certainty:
// basketweave experiment report NAME.
//
// | name    | group | blend         | people | shown | taken | rate | why                     |
// | 'early' | 'a'   | 'blend_new@1' | 120    | 1200  | 60    | .05  | 'They took 60 of 1200 … |

:param {days: 7};

CYPHER 5
OPTIONAL MATCH (experiment:Experiment)
OPTIONAL CALL (experiment) {
  UNWIND CASE WHEN experiment IS NULL THEN [] ELSE ["a", "b"] END AS side
  CALL (experiment, side) {
    MATCH (user:User)-[seen:SHOWN]->(item:Item)
    WHERE seen.experiment = experiment.name AND seen.group = side
    WITH user, item, seen.takenAt IS NOT NULL OR EXISTS {
      (user)-[bought:PURCHASED]->(item)
      WHERE any(time IN bought.times WHERE 0 <= time - seen.at <= 86400 * $days)
    } AS took
    WITH user, item, max(CASE WHEN took THEN 1 ELSE 0 END) AS took
    RETURN count(DISTINCT user) AS people, count(*) AS shown, coalesce(sum(took), 0) AS taken
  }
  RETURN side, people, shown, taken
}
RETURN
  experiment.name AS name,
  side AS group,
  experiment[side] AS blend,
  people,
  shown,
  taken,
  CASE WHEN shown > 0 THEN toFloat(taken) / shown END AS rate,
  CASE
    WHEN experiment IS NULL THEN "No experiment was started: basketweave experiment start"
    WHEN shown = 0 THEN "This group was shown nothing yet."
    ELSE "They took " + taken + " of " + shown + " items shown."
  END AS why
ORDER BY experiment.startedAt DESC, name, group;

// For somebody new, from what they are: what people with the same properties take.
//
// profile  properties of people and their values
// k        how many
//
// Of at most 100 such people, the items that most of them bought. above tells how many
// times more of them than of everybody.
//
// | id       | title              | buyers | above | why                                  |
// | '866211' | 'Bananas, 40 LB …' | 71     | 1.1   | 'Bought by 71 of 100 such people.'   |

:param {profile: {age: '35-44', kids_count: '2'}, k: 10};

CYPHER 5
CALL () {
  MATCH (user:User)
  WHERE size(keys($profile)) > 0 AND all(key IN keys($profile) WHERE user[key] = $profile[key])
  WITH user
  ORDER BY user.id
  LIMIT 100
  RETURN collect(user) AS alike
}
CALL () {
  MATCH (user:User)
  RETURN count(user) AS everybody
}
OPTIONAL CALL (alike, everybody) {
  UNWIND alike AS user
  MATCH (user)-[:PURCHASED]->(item:Item)
  WHERE item.id IS NOT NULL
  WITH everybody, size(alike) AS people, item, count(user) AS buyers
  ORDER BY buyers DESC, item.id
  LIMIT toInteger($k)
  RETURN
    item,
    people,
    buyers,
    toFloat(buyers) / people * everybody / COUNT { (item)<-[:PURCHASED]-() } AS above
}
RETURN
  item.id AS id,
  item.title AS title,
  buyers,
  above,
  CASE
    WHEN alike = [] THEN "Nobody has all of these properties."
    WHEN item IS NULL THEN "People with these properties bought nothing."
    ELSE "Bought by " + buyers + " of " + people + " such people."
  END AS why
ORDER BY buyers DESC, id;

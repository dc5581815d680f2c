// How diverse and how popular what the graph recommends is, over lists of some people.
//
// people   how many people, in order of id
// k        items of each list
// popular  how many of the most popular items count as such
//
// The lists are those of the walk from each person's latest ten items (as in next_item,
// over CO_PURCHASED too).
//
// | lists | items | distinct | perList | popular | why                                   |
// | 50    | 500   | 231      | 7.4     | 0.21    | '231 items in 50 lists of 10; 7.4 …'  |

:param {people: 20, k: 10, popular: 100};

CYPHER 5
CALL () {
  MATCH (item:Item)
  WHERE item.popularity > 0
  WITH item
  ORDER BY item.popularity DESC
  LIMIT toInteger($popular)
  RETURN collect(item) AS best
}
OPTIONAL CALL () {
  MATCH (user:User)
  WHERE user.id >= ''
  WITH user
  ORDER BY user.id
  LIMIT toInteger($people)
  CALL (user) {
    MATCH (user)-[bought:PURCHASED]->(held:Item)
    WITH user, held, coalesce(bought.lastAt, bought.at, bought.firstAt, 0) AS lastAt
    ORDER BY lastAt DESC, held.id
    LIMIT 10
    MATCH (held)-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
    WITH user, item, sum(near.weight) AS strength
    ORDER BY strength DESC, item.id
    WITH user, item
    WHERE NOT EXISTS { (user)-[:PURCHASED]->(item) }
    WITH item
    LIMIT toInteger($k)
    OPTIONAL MATCH (item)-[:IN_CATEGORY]->(category)
    RETURN collect(DISTINCT item) AS list, count(DISTINCT category) AS categories
  }
  WITH list, categories
  WHERE size(list) > 0
  WITH collect(list) AS every, avg(categories) AS perList
  UNWIND every AS list
  UNWIND list AS item
  RETURN
    size(every) AS lists,
    collect(item) AS items,
    count(DISTINCT item) AS distinct,
    perList
}
RETURN
  lists,
  size(items) AS items,
  distinct,
  perList,
  toFloat(size([item IN items WHERE item IN best])) / size(items) AS popular,
  CASE
    WHEN coalesce(lists, 0) = 0 THEN "Nothing is derived: basketweave derive."
    ELSE distinct + " items in " + lists + " lists; " + round(perList, 1)
      + " categories in each."
  END AS why;

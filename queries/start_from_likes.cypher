// For somebody new, from stated likes: items that go with these, and what is popular there.
//
// items       ids of items that the person says to like, texts
// categories  ids of categories, each of which stands for all below it
// k           how many
//
// Half of the score is what leads on from the items, half how popular an item is in the
// categories, each divided by its largest. All are sorted, then cut: with a LIMIT each row
// would be charged all that leads on.
//
// | id       | title              | score | why                                        |
// | '866211' | 'Bananas, 40 LB …' | 0.81  | 'Goes with Fluid Milk White Only.'         |

:param {items: ['995242'], categories: ['GROCERY > FLUID MILK PRODUCTS'], k: 10};

CYPHER 5
CALL () {
  MATCH (one:Item)
  WHERE one.id IN [id IN $items | toString(id)]
  RETURN collect(one) AS liked
}
CALL () {
  MATCH (one:Category)
  WHERE one.id IN [id IN $categories | toString(id)]
  RETURN collect(one) AS inside
}
CALL (liked, inside) {
  UNWIND inside AS one
  MATCH (one)<-[:SUBCATEGORY_OF*0..]-()<-[:IN_CATEGORY]-(item:Item)
  WHERE item.popularity > 0 AND NOT item IN liked
  WITH DISTINCT item, coalesce(one.name, one.id) AS name
  ORDER BY item.popularity DESC, item.id
  LIMIT 100
  RETURN collect({item: item, popular: item.popularity, like: name}) AS known,
    max(item.popularity) AS most
}
CALL (liked) {
  UNWIND liked AS one
  MATCH (one)-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
  WHERE NOT item IN liked
  WITH item, one, near
  ORDER BY near.weight DESC, one.id
  WITH item, sum(near.weight) AS walked, collect(coalesce(one.title, one.id))[0] AS title
  RETURN collect({item: item, walked: walked, like: title}) AS near, max(walked) AS farthest
}
OPTIONAL CALL (near, farthest, known, most) {
  UNWIND near + known AS one
  WITH
    one.item AS item,
    sum(coalesce(one.walked / farthest, 0) + coalesce(one.popular / most, 0)) / 2 AS score,
    collect(CASE
      WHEN one.walked IS NULL THEN "Popular in " + one.like + "."
      ELSE "Goes with " + one.like + "."
    END)[0] AS reason
  WHERE item.id IS NOT NULL
  WITH item, score, reason
  ORDER BY score DESC, item.id
  WITH collect({item: item, score: score, reason: reason}) AS best
  UNWIND best[..toInteger($k)] AS one
  RETURN one.item AS item, one.score AS score, one.reason AS reason
}
RETURN
  item.id AS id,
  item.title AS title,
  score,
  CASE
    WHEN liked = [] AND inside = [] THEN "There are no such items and categories."
    WHEN item IS NULL THEN "Nothing leads on from these items, and nothing is popular there."
    ELSE reason
  END AS why
ORDER BY score DESC, id;

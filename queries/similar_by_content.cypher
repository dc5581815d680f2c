// Items like one item, by what they are: the categories and the brand that they share.
//
// item  id of an item, a text
// k     how many
//
// What few items share counts most: 1 / ln(1 + its items). What more than 5,000 share
// says nothing. Equals are ordered by popularity.
//
// | id       | title                  | likeness | shares                | why              |
// | '981760' | 'Fluid Milk, 1 GA (P…' | 0.21     | ['FLUID MILK WHITE…'] | 'Also in FLUID…' |

:param {item: '995242', k: 10};

CYPHER 5
OPTIONAL MATCH (held:Item {id: toString($item)})
OPTIONAL CALL (held) {
  MATCH (held)-[:IN_CATEGORY|MADE_BY]->(trait)
  WITH held, trait, COUNT { (trait)<-[:IN_CATEGORY|MADE_BY]-() } AS items
  WHERE items <= 5000
  MATCH (trait)<-[:IN_CATEGORY|MADE_BY]-(item:Item)
  WHERE item <> held AND item.id IS NOT NULL
  WITH item, trait, 1 / log(1 + items) AS rare
  ORDER BY rare DESC, trait.id
  WITH item, sum(rare) AS likeness, collect(coalesce(trait.name, trait.id)) AS shares
  RETURN item, likeness, shares
  ORDER BY likeness DESC, coalesce(item.popularity, 0) DESC, item.id
  LIMIT toInteger($k)
}
RETURN
  item.id AS id,
  item.title AS title,
  likeness,
  shares,
  CASE
    WHEN held IS NULL THEN "There is no such item. Ids are texts, such as '1'."
    WHEN item IS NULL THEN "It has no category and no brand that others have."
    ELSE "Also of " + shares[0] + "."
  END AS why
ORDER BY likeness DESC, coalesce(item.popularity, 0) DESC, id;

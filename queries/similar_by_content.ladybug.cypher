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

MATCH (held:Item {id: $item})-[:IN_CATEGORY|MADE_BY]->(trait:Category:Brand)
MATCH (trait)<-[:IN_CATEGORY|MADE_BY]-(one:Item)
WITH held, trait, count(*) AS items
WHERE items <= 5000
MATCH (trait)<-[:IN_CATEGORY|MADE_BY]-(item:Item)
WHERE item.id <> held.id
WITH item, trait, 1 / ln(1 + items) AS rare
ORDER BY rare DESC, trait.id
SKIP 0
WITH item, sum(rare) AS likeness, collect(coalesce(trait.name, trait.id)) AS shares
RETURN
  item.id AS id,
  item.title AS title,
  likeness,
  shares,
  'Also of ' + shares[1] + '.' AS why
ORDER BY likeness DESC, coalesce(item.popularity, 0.0) DESC, id
LIMIT $k
UNION ALL
OPTIONAL MATCH (held:Item {id: $item})
WITH held
WHERE held.id IS NULL
RETURN
  held.id AS id,
  CAST(NULL AS STRING) AS title,
  CAST(NULL AS DOUBLE) AS likeness,
  CAST(NULL AS STRING[]) AS shares,
  "There is no such item. Ids are texts, such as '1'." AS why;

// What is bought in one month of the year far more than in the others.
//
// month  1 to 12; null: that of the data's last event
// among  how many of the most popular items are looked at
// k      how many
//
// share is how much of an item's purchases fall into the month, over what the month has
// of all purchases of these items. All are sorted, then cut: with a LIMIT each row would
// be charged the whole list.
//
// | id       | title         | inMonth | all | times | why                                 |
// | '866211' | 'Eggnog, 1 …' | 61      | 70  | 9.1   | '61 of 70 purchases in month 12.'   |

:param {month: null, among: 100, k: 10};

CYPHER 5
OPTIONAL MATCH (dataset:Dataset {id: 'dataset'})
WITH coalesce($month, datetime({epochSeconds: dataset.lastAt}).month) AS month
OPTIONAL CALL (month) {
  MATCH (item:Item)
  WHERE item.popularity > 0
  WITH item, month
  ORDER BY item.popularity DESC
  LIMIT toInteger($among)
  MATCH (item)<-[bought:PURCHASED]-()
  UNWIND bought.times AS time
  WITH item, month, time / 86400 AS day, count(*) AS n
  WITH
    item,
    sum(n) AS all,
    sum(CASE datetime({epochSeconds: day * 86400}).month WHEN month THEN n ELSE 0 END) AS inMonth
  WITH collect({item: item, all: all, inMonth: inMonth}) AS rows
  WITH rows, toFloat(reduce(n = 0, one IN rows | n + one.inMonth))
    / reduce(n = 0, one IN rows | n + one.all) AS expected
  UNWIND rows AS one
  WITH one.item AS item, one.all AS all, one.inMonth AS inMonth,
    toFloat(one.inMonth) / one.all / expected AS times
  WHERE times > 1 AND item.id IS NOT NULL
  WITH item, all, inMonth, times
  ORDER BY times DESC, item.id
  WITH collect({item: item, all: all, inMonth: inMonth, times: times}) AS best
  UNWIND best[..toInteger($k)] AS one
  RETURN one.item AS item, one.all AS all, one.inMonth AS inMonth, one.times AS times
}
RETURN
  item.id AS id,
  item.title AS title,
  inMonth,
  all,
  times,
  CASE
    WHEN month IS NULL THEN "Nothing has been loaded."
    WHEN item IS NULL THEN "Nothing is bought more often in month " + toInteger(month) + "."
    ELSE inMonth + " of " + all + " purchases in month " + toInteger(month) + "."
  END AS why
ORDER BY times DESC, id;

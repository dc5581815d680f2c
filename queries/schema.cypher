// Constraints and indexes of a basketweave graph, on Neo4j 5.26 and later.
//
// The store applies this file before its first write; docker-compose applies the same
// file with cypher-shell. Every statement can be run again and changes nothing then.

CREATE CONSTRAINT user_id IF NOT EXISTS
FOR (user:User) REQUIRE user.id IS UNIQUE;

CREATE CONSTRAINT item_id IF NOT EXISTS
FOR (item:Item) REQUIRE item.id IS UNIQUE;

CREATE CONSTRAINT category_id IF NOT EXISTS
FOR (category:Category) REQUIRE category.id IS UNIQUE;

CREATE CONSTRAINT brand_id IF NOT EXISTS
FOR (brand:Brand) REQUIRE brand.id IS UNIQUE;

CREATE CONSTRAINT model_version IF NOT EXISTS
FOR (model:Model) REQUIRE (model.name, model.version) IS UNIQUE;

CREATE CONSTRAINT dataset_id IF NOT EXISTS
FOR (dataset:Dataset) REQUIRE dataset.id IS UNIQUE;

CREATE CONSTRAINT lock_name IF NOT EXISTS
FOR (lock:Lock) REQUIRE lock.name IS UNIQUE;

// The callers' own ids of recorded events, by which each counts once.
CREATE CONSTRAINT event_id IF NOT EXISTS
FOR (event:EventId) REQUIRE event.id IS UNIQUE;

// By these they go with a person who is forgotten.
CREATE INDEX event_user IF NOT EXISTS
FOR (event:EventId) ON (event.user);

CREATE INDEX item_popularity IF NOT EXISTS
FOR (item:Item) ON (item.popularity);

// Rules that leave few items begin at these.
CREATE INDEX item_price IF NOT EXISTS
FOR (item:Item) ON (item.price);

CREATE INDEX item_stock IF NOT EXISTS
FOR (item:Item) ON (item.inStock);

// Search in titles. Kept up to date in the background: measured, a load of 92,000
// items then costs 3 s of the server's time, with a TEXT index 9 s.
CREATE FULLTEXT INDEX item_title IF NOT EXISTS
FOR (item:Item) ON EACH [item.title]
OPTIONS {indexConfig: {`fulltext.eventually_consistent`: true}};

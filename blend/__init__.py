"""The blend: which items are candidates, what each part gives them, and their order.

One array computation over a batch of users serves one request (a batch of one), the
lists of everyone, and the evaluation. `queries/recommend.cypher` says the same in one
statement, and tests hold the two to the same rows.
"""

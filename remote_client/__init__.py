"""The client of a basketweave service: what a `Recommender` answers, over HTTP.

It needs neither torch nor a store, only the extra `remote`.
"""

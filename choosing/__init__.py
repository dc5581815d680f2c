"""Choosing: the blend's settings and weights, and how it compares with baselines.

    windows     the window to choose on, and the window to report
    refit       chooses an encoder's epochs, then trains it on everything
    encode      an encoder's vectors for both windows
    weights     the blend's weights and power, by NDCG@10 on validation
    for_store   the blend's weights for the encoders that are live in a store
    compare     the blend beside every baseline

Everything that is chosen (epochs, weights, power) is chosen on the window before the
test's. The test part is ranked once, by models that were then refitted on all events
before it. Answering a request (`serving`) needs nothing of this package.
"""

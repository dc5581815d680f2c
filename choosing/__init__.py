"""Choosing: what the blend should be, and what it is worth beside what one would
otherwise pick.

    windows     what is chosen on, and what is reported
    refit       an encoder's epochs, chosen and then trained on everything
    encode      the same for both windows
    weights     the blend's weights and power, by NDCG@10 on validation
    for_store   the same for what is live in a store
    compare     the blend beside every baseline

Everything that is chosen (epochs, weights, power) is chosen on the window before the
test; the test part is ranked once, by what was then refitted on all before it. What
answers a request (`serving`) needs none of this.
"""

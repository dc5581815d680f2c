"""Experiments: two blends served side by side, and what people took of each.

assignment      which group a person is in
running         experiments of a store: started, stopped, asked about
conversions     what people took of what they were shown
difference      two groups compared, and whether they are as large as they should be
report          what an experiment says so far
picture         the same, drawn
counterfactual  what another blend would have been taken of, from the log alone
"""

"""The search for a model's settings, on what comes before the test part.

tuned = tune(validation_of(store.export(), "time", days=28), "sasrec", trials=30)
print(tuned.to_yaml())
"""

from basketweave.choosing.windows import validation_of
from basketweave.tuning.measure import Measured, measure
from basketweave.tuning.result import Tried, Tuned
from basketweave.tuning.search import tune
from basketweave.tuning.space import Choices, Range, SearchSpace, space

__all__ = [
    "Choices",
    "Measured",
    "Range",
    "SearchSpace",
    "Tried",
    "Tuned",
    "measure",
    "space",
    "tune",
    "validation_of",
]

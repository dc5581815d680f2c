"""`Known`: whether a request is for items that the user already had."""

from __future__ import annotations

from typing import Literal

Known = Literal["new", "again", "any"]
"""Only items that the user did not have before, only those they had, or all."""

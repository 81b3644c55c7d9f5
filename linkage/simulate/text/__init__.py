"""Text of the simulated worlds: grammars as data files, rendered a column at a time."""

from linkage.simulate.text.grammar import Grammar
from linkage.simulate.text.templates import Templates

__all__ = ["Grammar", "Templates"]

"""The one intermediate form: an account seen with an identifier."""

from linkage.sightings.derived import derive
from linkage.sightings.extract import PARTIAL, extract, extract_usage
from linkage.sightings.merge import append, merge
from linkage.sightings.registry import SENTENCES, SIGNALS
from linkage.sightings.signal import Signal

__all__ = ["PARTIAL", "SENTENCES", "SIGNALS", "Signal", "append", "derive", "extract", "extract_usage", "merge"]

"""What the lake holds, what is missing or wrong in it, and which features that costs.

`examine` measures and changes nothing. It reads each feed once and keeps counts, so that a lake
of any size fits: `tallies` (clocks, lateness, and facts delivered more than once),
`gaps` (days and months without rows), `orphans` (customers without profile or contract),
`deliveries` (what imports quarantined), `absences` (features that do not exist), `damage` (files
that cannot be read), `dates` (dates that cannot be true); `health` puts
them together, and `findings` lists what of it matters. Words are serving's.
"""

from features.doctor.findings import Finding, Severity
from features.doctor.health import FeedHealth, Health, examine

__all__ = ["FeedHealth", "Finding", "Health", "Severity", "examine"]

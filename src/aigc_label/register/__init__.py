"""The register of article 9: contents handed over without an explicit label.

A service may hand over a content without an explicit label when a user asks for it, once the
agreement has made the user's duty to label clear; it keeps who received it, and the logs that
belong to it, for at least six months (Measures, art. 9). The implicit label is still due.

The register is a file of lines of JSON, each with the hash of the one before: a line that is
changed, taken out, put in or moved no longer fits. What a chain cannot show is that lines are
missing at its very end, or that all of it was written anew; for that, note the head elsewhere
now and then, and give it to :meth:`Register.verify`.
"""

from __future__ import annotations

from aigc_label.register.chain import Broken, Entry, Verified
from aigc_label.register.deliveries import KEPT_DAYS, Register

__all__ = ["KEPT_DAYS", "Broken", "Entry", "Register", "Verified"]

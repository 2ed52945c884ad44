"""The explicit label in text that is still being generated (GB 45438-2025 clause 5.1)."""

from __future__ import annotations

from aigc_label.streaming.chunks import label_stream
from aigc_label.streaming.events import label_events

__all__ = ["label_events", "label_stream"]

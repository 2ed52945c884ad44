"""Words drawn on pictures."""

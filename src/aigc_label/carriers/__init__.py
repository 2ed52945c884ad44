"""A label as bytes for one kind of slot, and back."""

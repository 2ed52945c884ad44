"""Words in texts and documents."""

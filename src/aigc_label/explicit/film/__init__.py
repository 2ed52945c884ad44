"""Words over films."""

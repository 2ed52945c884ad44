"""Perceivable marks: here who marks what, and below, imported when needed, how."""

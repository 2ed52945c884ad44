"""Seeing words in pictures and frames."""

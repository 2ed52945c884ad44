"""Sounds that say what a sound is."""

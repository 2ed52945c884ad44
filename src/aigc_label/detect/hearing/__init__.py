"""Listening to sounds."""

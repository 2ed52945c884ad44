"""Sounds that say what a sound is (GB 45438-2025 clause 5.3): made, and recognised."""

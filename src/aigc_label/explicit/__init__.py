"""Perceivable marks, one module per medium. Heavy imports happen inside functions."""

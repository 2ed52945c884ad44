"""Signing labels and verifying their signatures (TC260-PG-202511A).

A label that anybody can type proves nothing; a signed one proves who holds the key. Nothing here is
imported where a label has no ``SecurityData`` and none is to be signed.
"""

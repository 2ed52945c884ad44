"""EBML (RFC 8794) as Matroska and WebM use it (RFC 9559): structure, and nothing about labels."""

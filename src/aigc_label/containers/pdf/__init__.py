"""PDF: objects, cross-references and incremental updates (ISO 32000-2); nothing about labels."""

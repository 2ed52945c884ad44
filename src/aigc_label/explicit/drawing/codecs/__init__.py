"""How each format of pictures is taken apart for a mark and put together again, found by its id."""

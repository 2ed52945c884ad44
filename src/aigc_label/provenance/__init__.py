"""Other statements of origin (C2PA, IPTC, vendor hints), read as signals and never as labels."""

"""Finding perceivable marks that are already there."""

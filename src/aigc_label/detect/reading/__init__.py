"""Reading what documents show, as far as it takes to find the words that tell of AI."""

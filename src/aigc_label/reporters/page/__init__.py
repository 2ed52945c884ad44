"""The parts of the page that ``reporters.html`` writes."""

"""What runs in the process that libjpeg has to itself; it imports nothing from outside here."""

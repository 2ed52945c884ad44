"""Any number of files, any interruption: plans, ledgers, and the engine that carries them out."""

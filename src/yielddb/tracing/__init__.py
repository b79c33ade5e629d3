"""Recorded runs: made in the sandbox, kept as `yielddb/trace/1`, read as text, asked for answers."""

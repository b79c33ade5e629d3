"""Recorded runs: made in the sandbox, kept as `yielddb/trace/1`, read and asked for answers."""

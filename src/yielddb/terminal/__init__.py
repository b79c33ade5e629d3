"""The front in a terminal: the `yielddb` command."""

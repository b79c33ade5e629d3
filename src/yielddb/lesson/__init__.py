"""A lesson's text: its blocks, its computed answers, its notebook."""

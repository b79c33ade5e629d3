"""The static site: pages from texts and runs, one mkdocs build per language."""

"""Runs one app in a process of its own: the judge's side and the child's side."""

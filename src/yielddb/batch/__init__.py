"""The front for instructors: grades a whole class and writes what other systems read."""

"""The front in a notebook: `%%app`, `%check` and `%hint`."""

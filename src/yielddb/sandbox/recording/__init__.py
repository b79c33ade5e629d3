"""Inside the child: records what an app does, line by line, and changes nothing of it."""

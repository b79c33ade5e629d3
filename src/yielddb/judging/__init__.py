"""What a check is given: the learner's app, its database from outside, and the plugin."""

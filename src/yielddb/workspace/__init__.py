"""The learner's folder: code, notebooks, progress and the words of a verdict."""

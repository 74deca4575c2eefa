"""The schema's history, and the vocabulary of its policies."""

"""Pages for people who were invited."""

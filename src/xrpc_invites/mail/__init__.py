"""E-mail: what is written, in which language, and how it goes out."""

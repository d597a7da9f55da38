"""Who somebody is: DID documents, keys, session tokens, password hashes."""

"""XRPC, free of web frameworks: methods, callers, and the pipeline from a request to an answer."""

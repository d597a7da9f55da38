"""One module per method, in a folder per namespace; each makes its method from use cases."""

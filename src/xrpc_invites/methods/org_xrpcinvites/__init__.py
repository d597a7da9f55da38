"""org.xrpcinvites: one module per method."""

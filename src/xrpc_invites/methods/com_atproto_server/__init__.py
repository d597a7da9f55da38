"""com.atproto.server: one module per method."""

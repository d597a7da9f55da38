"""com.atproto.identity: one module per method."""

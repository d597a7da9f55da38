"""com.atproto.admin: one module per method."""

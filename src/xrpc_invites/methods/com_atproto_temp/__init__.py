"""com.atproto.temp: one module per method."""

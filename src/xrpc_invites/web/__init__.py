"""The web server: XRPC over HTTP, health, well-known documents. It could serve any XRPC server."""

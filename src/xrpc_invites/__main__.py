"""`python -m xrpc_invites` is `xrpc-invites`."""

from xrpc_invites.cli import main

if __name__ == "__main__":
    main()

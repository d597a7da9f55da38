"""Issue, list, disable and redeem invite codes for an AT Protocol server."""

__version__ = "0.1.0"

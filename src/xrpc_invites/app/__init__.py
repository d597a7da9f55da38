"""The composition root: the one place that knows every room of the house."""

from xrpc_invites.app.server import at_this_machine, build, create
from xrpc_invites.app.shipped import shipped

__all__ = ["at_this_machine", "build", "create", "shipped"]

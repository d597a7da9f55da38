"""org.xrpcinvites.verifyAudit: hold every sealed entry of the audit log against its seal."""

from xrpc_invites.invites.auditing import Auditing
from xrpc_invites.invites.seals import Verdict
from xrpc_invites.xrpc.method import Call, Nothing, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import View


class Fault(View):
    """org.xrpcinvites.verifyAudit#fault."""

    kind: str
    seq: int
    id: str | None = None


class Checkpoint(View):
    """org.xrpcinvites.verifyAudit#checkpoint."""

    seq: int
    seal: str


class Output(View):
    """What was found; entries that wait for their seal are no fault."""

    ok: bool
    sealed: int
    unsealed: int
    checkpoint: Checkpoint | None = None
    first_fault: Fault | None = None


def method(auditing: Auditing) -> Query[Nothing, Output]:
    """Bind the method to the use cases of the audit log."""

    async def handle(_asked: Nothing, _call: Call) -> Output:
        return _output(await auditing.verify())

    return Query(
        nsid="org.xrpcinvites.verifyAudit",
        params=Nothing,
        output=Output,
        needs=Operator(Role.OWNER),
        handle=handle,
    )


def _output(verdict: Verdict) -> Output:
    fault, archived = verdict.first_fault, verdict.archived
    return Output(
        ok=verdict.ok,
        sealed=verdict.sealed,
        unsealed=verdict.unsealed,
        checkpoint=None if archived is None else Checkpoint(seq=archived.seq, seal=archived.seal),
        first_fault=None if fault is None else Fault(kind=fault.kind, seq=fault.seq, id=fault.id),
    )

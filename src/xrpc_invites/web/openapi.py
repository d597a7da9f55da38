"""OpenAPI 3.1 from Lexicon documents: every method, for clients that are generated from it.

Works on the documents' JSON, so that descriptions come along; they were checked at the start.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from xrpc_invites.web.schemas import component, schema
from xrpc_invites.xrpc.errors import STATUS
from xrpc_invites.xrpc.method import Method
from xrpc_invites.xrpc.roles import (
    AccountOrOperator,
    Needs,
    OfAccount,
    OfSession,
    Operator,
    Public,
    SelfOrOperator,
    SignUp,
)

Json = Mapping[str, Any]

_SECURITY: Json = {
    "admin": {
        "type": "http",
        "scheme": "basic",
        "description": "The user 'admin' with the admin password.",
    },
    "access": {"type": "http", "scheme": "bearer", "description": "An account's access token."},
    "refresh": {"type": "http", "scheme": "bearer", "description": "A session's refresh token."},
    "service": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token that a DID signs for one method of this server: service auth.",
    },
}
_ERROR: Json = {
    "type": "object",
    "required": ["error", "message"],
    "properties": {
        "error": {"type": "string", "description": "A name that programs read."},
        "message": {"type": "string", "description": "A sentence for people."},
    },
}


def document(methods: Iterable[Method], lexicons: Mapping[str, Json], *, version: str) -> Json:
    """The whole description; `lexicons` are the documents by NSID."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "xrpc-invites",
            "version": version,
            "description": "Issues and redeems invite codes for an AT Protocol server.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            f"/xrpc/{method.nsid}": _path(method, lexicons[method.nsid]) for method in methods
        },
        "components": {
            "securitySchemes": _SECURITY,
            "schemas": {"Error": _ERROR, **_components(lexicons)},
        },
    }


def _components(lexicons: Mapping[str, Json]) -> Json:
    return {
        component(f"{nsid}#{name}"): schema(definition, nsid)
        for nsid, lexicon in lexicons.items()
        for name, definition in lexicon["defs"].items()
        if definition["type"] in {"object", "string", "integer", "boolean", "array", "token"}
    }


def _path(method: Method, lexicon: Json) -> Json:
    main = lexicon["defs"]["main"]
    operation: dict[str, Any] = {
        "operationId": method.nsid,
        "summary": main.get("description", ""),
        "tags": [method.nsid.rpartition(".")[0]],
        "security": _security(method.needs),
        "responses": _responses(main, method),
    }
    if parameters := _parameters(main, method.nsid):
        operation["parameters"] = parameters
    if "input" in main:
        operation["requestBody"] = {"required": True, "content": _content(main["input"], method)}
    return {"get" if main["type"] == "query" else "post": operation}


def _parameters(main: Json, nsid: str) -> list[Json]:
    params = main.get("parameters", {})
    return [
        {
            "name": name,
            "in": "query",
            "required": name in params.get("required", ()),
            "description": property_.get("description", ""),
            "schema": schema(property_, nsid),
        }
        for name, property_ in params.get("properties", {}).items()
    ]


def _responses(main: Json, method: Method) -> Json:
    good: dict[str, Any] = {"description": "It worked."}
    if "output" in main:
        good["content"] = _content(main["output"], method)
    named: dict[str, list[str]] = {"400": ["InvalidRequest: something that was sent does not fit."]}
    if not isinstance(method.needs, Public):
        named["401"] = ["AuthenticationRequired and its like: other credentials are needed."]
    for error in main.get("errors", ()):
        status = str(STATUS.get(error["name"], 400))
        said = f"{error['name']}: {error.get('description', '')}".rstrip(": ")
        named.setdefault(status, []).append(said)
    errors = {status: _error(sentences) for status, sentences in sorted(named.items())}
    return {"200": good, **errors, "default": _error(["Any other error."])}


def _error(sentences: list[str]) -> Json:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": "\n\n".join(sentences), "content": content}


def _content(body: Json, method: Method) -> Json:
    described = {"schema": schema(body["schema"], method.nsid)} if "schema" in body else {}
    return {body["encoding"]: described}


def _security(needs: Needs) -> list[Json]:
    match needs:
        case Operator():
            return [{"admin": []}]
        case SelfOrOperator():
            return [{"service": []}, {"admin": []}]
        case AccountOrOperator():
            return [{"access": []}, {"admin": []}]
        case OfAccount():
            return [{"access": []}]
        case OfSession():
            return [{"refresh": []}]
        case Public() | SignUp():
            return []

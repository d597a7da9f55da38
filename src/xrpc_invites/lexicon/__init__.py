"""Lexicon: documents, the values they describe, and typed views of those values.

    schema        what a document can say, as data
    parse         from JSON to that data, with every fault of a document; its parts are
                  parse_schema, constraints, permissions and reading
    load          folders of documents, and what their references mean
    syntax        string formats
    data          JSON bytes to values of the data model
    check         values held against schemas, each compiled once; scalars has the leaves
    params        query strings to values
    views         typed views of values, and their JSON
    agreement     views held against documents
    faults        what is wrong with a value, in words for people

It knows nothing of invites, XRPC or HTTP.
"""

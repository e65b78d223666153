"""What does the schema say of itself? Tools ask it in one of a few usual forms; those are answered from memory.

Any other form is judged by its cost like everything else, so that nobody can make us describe a
thousand types in a thousand ways.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from threading import Lock

from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    execute_sync,
    get_introspection_query,
    parse,
    print_ast,
)
from graphql.language import FieldNode

COST = 1
OPTIONS = (
    "descriptions",
    "specified_by_url",
    "directive_is_repeatable",
    "schema_description",
    "input_value_deprecation",
    "one_of",
)
TYPE_DEPTHS = (7, 9)
ROOTS = re.compile(r"\b(queryType|mutationType|subscriptionType) \{ name kind \}")
_lock = Lock()
_answers: dict[tuple[int, str], str] = {}


def asks_all(operation: OperationDefinitionNode) -> bool:
    """Does it begin as tools begin?"""
    first = operation.selection_set.selections[0] if operation.selection_set.selections else None
    return isinstance(first, FieldNode) and first.name.value == "__schema"


def is_usual(document: DocumentNode) -> bool:
    """Is it, to the word, a question that tools ask?"""
    return _shortened(_form(document)) in usual_forms()


def answer(schema: GraphQLSchema, document: DocumentNode) -> str:
    """The schema described, as JSON; worked out once for each form of the question."""
    key = (id(schema), _form(document))
    with _lock:
        if key not in _answers:
            _answers[key] = json.dumps(execute_sync(schema, document).data)
        return _answers[key]


@cache
def usual_forms() -> frozenset[str]:
    """The questions of the usual tools: with more or fewer details, and types wrapped so many times."""
    return frozenset(_shortened(_form(parse(text))) for text in _texts())


def _texts() -> Iterator[str]:
    for more in product((False, True), repeat=6):
        for depth in TYPE_DEPTHS:
            yield get_introspection_query(**dict(zip(OPTIONS, more, strict=True)), type_depth=depth)


def _shortened(form: str) -> str:
    """Some tools ask for the kind of the root types too, some for the name before the kind."""
    return ROOTS.sub(r"\1 { name }", form).replace("name kind", "kind name")


def _form(document: DocumentNode) -> str:
    """The document without its layout and its name."""
    return " ".join(print_ast(document).replace("query IntrospectionQuery", "query").split())

"""How much may one request ask? Judged on the document alone, before anything is answered.

Depth, aliases and words bound the text, not the work: five nested lists of a hundred are short. So
every field has a cost: one for each time it may be answered, where what stands below a list counts
for each of its items, and more where a field asks the house again. Reading stops at the first limit
that is passed, whatever follows it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS

from api.graphql.refusals import (
    DocumentTooCostly,
    DocumentTooDeep,
    DocumentTooLong,
    DocumentTooWide,
    DocumentWentRound,
)
from api.graphql.relay import DEFAULT_FIRST

MOST_CHARACTERS = 16_384
MOST_TOKENS = 1_000
MOST_DEPTH = 8
MOST_ALIASES = 15
MOST_DIRECTIVES = 10
MOST_FRAGMENTS = 20
MOST_OPERATIONS = 5
MOST_COST = 20_000
# What asks the house again costs more than what is there already.
ASKING = 10
# How long a list is taken to be that is no page: segments of a trip, lines of an invoice.
USUAL_LIST = 5
# Fields looked at in one document, fragments counted wherever they are spread.
MOST_VISITS = 3_000
TOO_LONG = "Document contains more than"


def read(text: str) -> DocumentNode:
    """The document. Refuses with DocumentTooLong; what is no GraphQL is a GraphQLSyntaxError."""
    if len(text) > MOST_CHARACTERS:
        raise DocumentTooLong
    try:
        document = parse(text, max_tokens=MOST_TOKENS)
    except Exception as error:
        if TOO_LONG in str(error):
            raise DocumentTooLong from None
        raise
    _refuse_wide(document)
    return document


@dataclass
class Judge:
    """Reads one operation as it would be answered."""

    schema: GraphQLSchema
    document: DocumentNode
    variables: Mapping[str, Any]
    asking: frozenset[tuple[str, str]] = frozenset()
    cost: int = 0
    _visits: int = 0
    _path: list[str] = field(default_factory=list)
    _fragments: dict[str, FragmentDefinitionNode] = field(init=False)

    def __post_init__(self) -> None:
        self._fragments = fragments_of(self.document)

    def judge(self, operation: OperationDefinitionNode) -> int:
        """What the operation costs. Refuses what is too deep, too costly or endless."""
        root = self.schema.get_root_type(operation.operation)
        if root is not None:
            self._look(operation.selection_set, root, times=1, depth=1, page=None)
        return self.cost

    def _look(
        self, selected: SelectionSetNode, parent: Any, *, times: int, depth: int, page: int | None
    ) -> None:
        for node in selected.selections:
            self._visits += 1
            if self._visits > MOST_VISITS:
                raise DocumentTooCostly
            match node:
                case FieldNode():
                    self._field(node, parent, times, depth, page)
                case InlineFragmentNode():
                    condition = node.type_condition
                    inner = self.schema.get_type(condition.name.value) if condition else parent
                    self._look(node.selection_set, inner, times=times, depth=depth, page=page)
                case FragmentSpreadNode():
                    self._spread(node.name.value, times, depth, page)

    def _spread(self, name: str, times: int, depth: int, page: int | None) -> None:
        if name in self._path:
            raise DocumentWentRound
        fragment = self._fragments.get(name)
        if fragment is None:
            return
        self._path.append(name)
        inner = self.schema.get_type(fragment.type_condition.name.value)
        self._look(fragment.selection_set, inner, times=times, depth=depth, page=page)
        self._path.pop()

    def _field(self, node: FieldNode, parent: Any, times: int, depth: int, page: int | None) -> None:
        if depth > MOST_DEPTH:
            raise DocumentTooDeep
        name = node.name.value
        known = (
            parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        )
        if name == "__schema":
            known_type: Any = self.schema.get_type("__Schema")
        elif name == "__type":
            known_type = self.schema.get_type("__Type")
        elif known is None:
            return
        else:
            known_type = known.type
        self.cost += times + (ASKING if (getattr(parent, "name", ""), name) in self.asking else 0)
        if self.cost > MOST_COST:
            raise DocumentTooCostly
        first = self._first(node, known)
        size = self._size(known_type, getattr(parent, "name", ""), name, page, first)
        if node.selection_set is not None:
            self._look(
                node.selection_set,
                get_named_type(known_type),
                times=times * size,
                depth=depth + 1,
                page=first,
            )

    def _size(self, type_: Any, parent: str, name: str, page: int | None, first: int | None) -> int:
        if not is_list_type(get_nullable_type(type_)):
            return 1
        if page is not None and name == "edges":
            return page
        if first is not None:
            return first
        if parent == "__Schema" and name == "types":
            return len(self.schema.type_map)
        return USUAL_LIST

    def _first(self, node: FieldNode, known: Any) -> int | None:
        if known is None or "first" not in known.args:
            return None
        for each in node.arguments or ():
            if each.name.value == "first":
                value: Any = None
                if isinstance(each.value, IntValueNode):
                    value = int(each.value.value) if len(each.value.value) < 12 else MOST_COST
                elif isinstance(each.value, VariableNode):
                    value = self.variables.get(each.value.name.value)
                if isinstance(value, int) and not isinstance(value, bool):
                    # Beyond a page the field refuses by itself; until then it counts as what it asks for.
                    return max(value, 1)
        return DEFAULT_FIRST


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The operation that is meant; None if that is not clear."""
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    meant = [each for each in operations if name is None or (each.name and each.name.value == name)]
    return meant[0] if len(meant) == 1 else None


def asked(document: DocumentNode, operation: OperationDefinitionNode) -> set[str]:
    """The names of the operation's own fields, fragments included."""
    fragments = fragments_of(document)
    names: set[str] = set()
    waiting, seen = [operation.selection_set], set()
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                names.add(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                if node.name.value in fragments:
                    waiting.append(fragments[node.name.value].selection_set)
    return names


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The document's fragments by name."""
    return {
        each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
    }


def is_subscription(operation: OperationDefinitionNode) -> bool:
    """Does it ask to be told?"""
    return operation.operation is OperationType.SUBSCRIPTION


def _refuse_wide(document: DocumentNode) -> None:
    """Bounds what validation compares pairwise, and what could be repeated for its own sake."""
    aliases = repeats = directives = spreads = 0
    fragments = sum(isinstance(each, FragmentDefinitionNode) for each in document.definitions)
    operations = len(document.definitions) - fragments
    for node in _nodes(document):
        if isinstance(node, SelectionSetNode):
            names = [each.name.value for each in node.selections if isinstance(each, FieldNode)]
            repeats += len(names) - len(set(names))
            spreads += sum(isinstance(each, FragmentSpreadNode) for each in node.selections)
        elif isinstance(node, FieldNode):
            aliases += node.alias is not None
        elif isinstance(node, DirectiveNode):
            directives += 1
    if (
        max(aliases, repeats) > MOST_ALIASES
        or directives > MOST_DIRECTIVES
        or max(fragments, spreads) > MOST_FRAGMENTS
        or operations > MOST_OPERATIONS
    ):
        raise DocumentTooWide


def _nodes(document: DocumentNode) -> Iterator[Node]:
    waiting: list[Node] = [document]
    while waiting:
        node = waiting.pop()
        yield node
        for key in QUERY_DOCUMENT_KEYS.get(node.kind, ()):
            value = getattr(node, key, None)
            if isinstance(value, Node):
                waiting.append(value)
            elif value:
                waiting.extend(each for each in value if isinstance(each, Node))

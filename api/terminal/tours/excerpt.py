"""How is an answer cut down to what matters, and laid out so that a person can read it?"""

import json
from typing import Any

INDENT = 2
REST = object()  # stands for what was left out
Wanted = dict[str, "Wanted"]


def excerpt(document: Any, places: tuple[str, ...], width: int) -> str:
    """The document with these places only; `...` stands for the rest."""
    return laid_out(trimmed(document, _tree(places)) if places else document, width)


def trimmed(value: Any, wanted: Wanted) -> Any:
    """Only what is wanted, in the order of the document."""
    if not wanted:
        return value
    if isinstance(value, list):
        if "*" in wanted:
            return [trimmed(each, wanted["*"]) for each in value]
        kept = [trimmed(each, wanted[str(at)]) for at, each in enumerate(value) if str(at) in wanted]
        return kept + [REST] * (len(kept) < len(value))
    if isinstance(value, dict):
        chosen = {name: trimmed(each, wanted[name]) for name, each in value.items() if name in wanted}
        return {**chosen, "...": REST} if len(chosen) < len(value) else chosen
    return value


def laid_out(value: Any, width: int, before: int = 0) -> str:
    """JSON that stays on one line where it fits."""
    flat = _flat(value)
    if before + len(flat) <= width or not isinstance(value, dict | list) or not value:
        return flat
    inner = width - INDENT
    if isinstance(value, dict):
        opening, closing = "{", "}"
        parts = [_field(name, each, inner) for name, each in value.items()]
    else:
        opening, closing = "[", "]"
        parts = [laid_out(each, inner) for each in value]
    body = ",\n".join(parts).replace("\n", "\n" + " " * INDENT)
    return f"{opening}\n{' ' * INDENT}{body}\n{closing}"


def _field(name: str, value: Any, width: int) -> str:
    if value is REST:
        return "..."
    key = f"{json.dumps(name)}: "
    return key + laid_out(value, width, before=len(key))


def _flat(value: Any) -> str:
    if value is REST:
        return "..."
    if isinstance(value, dict):
        inside = ", ".join(
            "..." if each is REST else f"{json.dumps(name)}: {_flat(each)}" for name, each in value.items()
        )
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{', '.join(_flat(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=False)


def _tree(places: tuple[str, ...]) -> Wanted:
    root: Wanted = {}
    for place in places:
        branch = root
        for name in place.split("."):
            branch = branch.setdefault(name, {})
    return root

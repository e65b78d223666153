"""One test over many cases that names each one that fails: thousands of tests cost more to count than to run."""

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import isclass, signature
from typing import Any, TypeVar

import pytest

# What pytest itself raises is no `Exception`; a case that skips would take the others with it.
NOT_PASSED = (Exception, pytest.fail.Exception, pytest.skip.Exception)

Subject = TypeVar("Subject", bound=Callable[..., Any])


def every(
    names: str, cases: Iterable[Any], called: Callable[[Any], str] = str
) -> Callable[[Subject], Subject]:
    """For a test, or for each of a class: the cases come in these arguments, separated by commas.

    For what only looks. A test that writes, or that may hang, is better parametrised: each case then has fixtures
    and a place in the report of its own.
    """
    arguments = names.replace(" ", "").split(",")
    listed = list(cases)

    def over(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def asked(*args: Any, **others: Any) -> None:
            assert listed, f"there is no case of {names}"
            failed: list[BaseException] = []
            for case in listed:
                values = case if len(arguments) > 1 else (case,)
                try:
                    test(*args, **others, **dict(zip(arguments, values, strict=True)))
                except NOT_PASSED as error:
                    error.add_note(f"The case: {called(case)}")
                    failed.append(error)
            if failed:
                raise BaseExceptionGroup(f"{len(failed)} of {len(listed)} cases failed", failed)

        whole = signature(test)
        left = [each for name, each in whole.parameters.items() if name not in arguments]
        asked.__signature__ = whole.replace(parameters=left)  # type: ignore[attr-defined]
        return asked

    def decorate(subject: Subject) -> Subject:
        if not isclass(subject):
            return over(subject)  # type: ignore[return-value]
        for name, member in list(vars(subject).items()):
            if name.startswith("test_"):
                setattr(subject, name, over(member))
        return subject

    return decorate

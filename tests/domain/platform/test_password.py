"""Which passwords are refused?"""

import pytest

from domain.platform.password import PasswordTooWeak, refuse_weak_password


@pytest.mark.parametrize(
    "password",
    [
        "short7!",
        "password",
        "Password123",
        "  12345678 ",
        "ana.durand@alize.example",
        "ANA.DURAND",
        "aaaaaaaaaaaa",
        "x" * 257,
    ],
)
def test_refuses_the_short_the_common_and_ones_own_address(password: str) -> None:
    with pytest.raises(PasswordTooWeak):
        refuse_weak_password(password, email="ana.durand@alize.example")


@pytest.mark.parametrize("password", ["correct horse", "été à Nîmes", "tr0ub4dor&3"])
def test_asks_for_no_composition(password: str) -> None:
    refuse_weak_password(password, email="ana@alize.example")

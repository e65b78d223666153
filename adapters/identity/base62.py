"""How are bytes written so that a person can copy them in one click, and a typo costs nothing?"""

from zlib import crc32

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Base62 digits that hold 16, 20 and 4 bytes.
UUID_DIGITS, SECRET_DIGITS, CHECK_DIGITS = 22, 27, 6


def encoded(raw: bytes, digits: int) -> str:
    """The bytes as so many digits."""
    number, text = int.from_bytes(raw, "big"), ""
    for _ in range(digits):
        number, digit = divmod(number, 62)
        text = DIGITS[digit] + text
    return text


def decoded(text: str, size: int) -> bytes:
    """The bytes again. Raises OverflowError for digits no bytes of that size give."""
    number = 0
    for character in text:
        number = number * 62 + DIGITS.index(character)
    return number.to_bytes(size, "big")


def checksum(body: str) -> str:
    """Tells a mistyped secret from a wrong one."""
    return encoded(crc32(body.encode("ascii")).to_bytes(4, "big"), CHECK_DIGITS)

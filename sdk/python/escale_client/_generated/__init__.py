"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "43a279989f4a78b34813643794495638dc47b98b517ae9f92d8ff5b1aaafb02b"

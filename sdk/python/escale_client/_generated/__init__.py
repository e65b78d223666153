"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

<<<<<<< HEAD
DIGEST = "408949db1d8f5d572eb895fd550c0dd8637425a19775b889f4e4169e3b31de55"
=======
DIGEST = "43a279989f4a78b34813643794495638dc47b98b517ae9f92d8ff5b1aaafb02b"
>>>>>>> billing-last-ready

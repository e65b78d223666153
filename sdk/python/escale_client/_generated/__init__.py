"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "d129c3b6eb584ad529e464348886dd0ba70210432bfda51f34380f02f48e3a9c"

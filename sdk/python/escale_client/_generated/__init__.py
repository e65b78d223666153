"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "63e70621ad6c19c66c5d9a31b0ff037d863b38a6f3757cf03cfbc71b926ce010"

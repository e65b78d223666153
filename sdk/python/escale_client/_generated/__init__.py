"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "aef4ca7590c3dc4e76083f58dfa8f3a95a6ee6ff7fb2d718b0ee9f1d88e52ba4"

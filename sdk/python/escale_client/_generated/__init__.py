"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "408949db1d8f5d572eb895fd550c0dd8637425a19775b889f4e4169e3b31de55"

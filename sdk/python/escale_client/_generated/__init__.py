"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "72d36cae4a67d9f98a5f5b33c2862dd8f45c29d2f838a185c91a600f81769eac"

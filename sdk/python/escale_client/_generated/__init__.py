"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "8ad9bb2baa7fa6ac14c2273bfa53a01a5d2d093c32d9fa419dca8eb8633d4789"

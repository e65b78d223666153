"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "9dda2fd99f3c87d30e6a5c0e5509a2e2027a2c4c76c9031c815b688e17be044a"

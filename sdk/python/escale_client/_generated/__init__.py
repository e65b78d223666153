"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "56fd92d88646d17d61637ebc3fe2e417dbc4e1cc91c44866c0e46397e9f1cad5"

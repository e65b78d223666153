"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "ebc1b38387dd10348db332dfafa10f97c78f8bb46fe386e561aa1da7dee374a5"

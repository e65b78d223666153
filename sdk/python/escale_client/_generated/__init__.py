"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "ffd401c56d39594c60b20442ce83bb9c7c923c6709113583a0363e250af48a92"

"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "ef8a45561efebe501c627ba20110077fffc4dff07993a733d1b57957551fd110"

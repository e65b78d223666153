"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "50616ba4f5a8ca12eaf256f7573c159f6d0071d9c7531b3d5165cc67f77ca05a"

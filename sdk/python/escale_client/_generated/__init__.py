"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "1a604e1f40e60ee1b129b59a5dbef615c592e06911c1574fecfbdc7852647157"

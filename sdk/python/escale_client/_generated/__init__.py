"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "ce28870251b8fe4ccdc4425e050ab94351d672866587362068edf35f8500b2c5"

"""written by sdk/making.py from the OpenAPI document; do not edit, `make sdks` writes it anew"""

DIGEST = "284c360b29609bdf782adc1dc5dbb67eb747187d99eaf2710f29683b13d81627"

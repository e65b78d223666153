"""Documents people print and forward: fonts, pages, tables and the evidence inside them."""

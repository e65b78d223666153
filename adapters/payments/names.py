"""Under which names do our ids travel with what Stripe holds?"""

COMPANY, INVOICE, CREDIT_NOTE, ITEM = "escale_company", "escale_invoice", "escale_credit_note", "escale_item"
MONTH = "escale_month"

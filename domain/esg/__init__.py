"""Carbon and ESG: figures an auditor would sign, reports of them, and what they are compared with."""

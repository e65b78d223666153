"""How do PostgreSQL and Redis run beside Escale when nobody has installed them?"""

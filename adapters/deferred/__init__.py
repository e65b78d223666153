"""Which commands are done after they were answered, and by whom?"""

"""How fast is the house, against the library it builds on and against nothing at all?"""

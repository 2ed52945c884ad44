"""C2PA content credentials: written last, read back by c2pa's own validation, verified on request.

The modules here import c2pa-python only in functions: most runs neither sign nor validate.
"""

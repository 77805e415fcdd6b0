"""Files to pixels: finding photos, decoding each once, their facts, and the thumbnail store.

This room knows Pillow and NumPy, and nothing of the catalogue, the network or the index. Importing
the package loads nothing; a worker process imports the parts it needs.
"""

"""Makes what people install: the bundle, its archives, and the facts that go with them.

Standard library only, apart from PyInstaller in the environment that `environment` makes, so that
it runs in a bare checkout. `python -m bundling` from the `packaging` folder's parent: see
`make bundle`.
"""

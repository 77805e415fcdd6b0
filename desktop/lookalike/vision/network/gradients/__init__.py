"""The backward pass of a network as plain ONNX nodes; one rule per operator in small files.

`builder.build_gradient` joins a network and its backward pass; `registry` holds the rules.
"""

"""ONNX machinery: network packs and the sessions that run them."""

"""What the network sees: layers, filters and their patches; the networks of the library."""

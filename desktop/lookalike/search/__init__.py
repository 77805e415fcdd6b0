"""Numbers to answers: comparing vectors, joining descriptors and goals."""

"""The goal strip: what is searched by, and how."""

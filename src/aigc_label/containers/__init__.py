"""Structure of files, and nothing about labels. Containers do not know one another."""

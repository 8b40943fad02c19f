"""Side-by-side figures that anybody can make again; see README.md."""

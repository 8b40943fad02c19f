"""What the office does: plain functions that take a session and a Struct and return a Struct."""

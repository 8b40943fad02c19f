"""What the tracker is measured against: the same rows, served by what a user would pick instead."""

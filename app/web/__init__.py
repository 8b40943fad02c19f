"""HTTP: how requests are read, remembered, answered and refused. The domain decides; this renders."""

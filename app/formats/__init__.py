"""File formats: between bytes and simple values. They know nothing of the tracker."""

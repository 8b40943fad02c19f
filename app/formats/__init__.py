"""File formats, each over one well-kept library: simple values in, bytes out. Nothing here knows the tracker."""

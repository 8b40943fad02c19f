"""The JSON API, one file per resource. Handlers read, call one domain function, and answer."""

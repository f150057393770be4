"""The JSON API: the edge for programs. Each module is a noun of it; ``site.py`` puts them together."""

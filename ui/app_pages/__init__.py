"""The pages, a file each; app.py runs the one that the address names."""

"""What answers to requests keep of the file: the catalogue and live vectors."""

"""What a browser is given: pages in `static/`, and the libraries that a build puts into `static/vendor/`."""

"""One command for the whole desk: broker, worker and web server as children of one process, and none of them left behind."""

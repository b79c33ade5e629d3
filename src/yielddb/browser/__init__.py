"""The front in a page: app and judge in one interpreter, without processes, sockets or threads."""

"""A module of the job in a folder of its own."""


def fails():
    raise KeyError("tau")

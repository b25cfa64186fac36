"""How many cycles the WTU may take."""


def first_mask(build, clusters):
    """Most cycles from the last beat of a row's scores to its first mask, all streams ready."""
    return 3 * -(-clusters // build.lanes) + 200


def trailer(build, clusters):
    """The same, to the row's trailer."""
    return first_mask(build, clusters) + -(-clusters // build.lanes) + 50


def interval(build, clusters):
    """Most cycles between the trailers of neighbouring rows."""
    return 4 * -(-clusters // build.lanes) + 200

def fails():
    raise ValueError("the matrix is singular, says a helper")

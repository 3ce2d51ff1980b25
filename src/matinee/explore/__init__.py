"""A data set in pictures, with the numbers behind each: :func:`matinee.explore.report.explore`."""

"""What a model learned, in pictures: :func:`matinee.explore.learned.report.learned`."""

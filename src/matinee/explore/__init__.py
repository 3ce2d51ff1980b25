"""Data, models and people in charts, with the numbers behind each.

:func:`matinee.explore.report.explore` tells of a data set, :func:`matinee.explore.learned.learned`
of a model, :func:`matinee.explore.taste.describe` and
:func:`matinee.explore.taste_report.draw_person` of a person, and :mod:`matinee.explore.map` places
films in two dimensions.
"""

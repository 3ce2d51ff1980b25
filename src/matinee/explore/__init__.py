"""Data, models and people in pictures, with the numbers behind each.

:func:`matinee.explore.report.explore` tells of a data set,
:func:`matinee.explore.learned.report.learned` of a model,
:func:`matinee.explore.person.describe` and :func:`matinee.explore.taste.draw_person` of a person,
and :mod:`matinee.explore.map` places films in two dimensions.
"""

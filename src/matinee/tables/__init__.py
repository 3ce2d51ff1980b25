"""The one reader of tables: whatever reads a file of anybody's reads it with this.

:mod:`archive` opens folders, archives, files and bytes within bounds; :mod:`text` finds out how a
text table is written, and cuts it into rows; :mod:`columns` says which column is what;
:mod:`values` reads ids, stars and times; :mod:`ratings` reads the ratings of any number of people.
"""

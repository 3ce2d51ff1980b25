"""Files as other services export them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

RATINGS = """Date,Name,Year,Letterboxd URI,Rating
2024-05-01,Heat,1995,https://boxd.it/2a,4.5
2024-05-02,"City of Lost Children, The",1995,https://boxd.it/2b,3
2024-05-03,The Matrix,1999,https://boxd.it/2c,0.5
"""
DIARY = """Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date
2024-05-01,Heat,1995,https://boxd.it/d1,4.5,Yes,"with friends, cinema",2024-04-30
2024-06-01,Toy Story,1995,https://boxd.it/d2,,,,2024-05-31
"""
WATCHED = """Date,Name,Year,Letterboxd URI
2024-05-01,Heat,1995,https://boxd.it/2a
"""
IMDB = """Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,\
Runtime (mins),Year,Genres,Num Votes,Release Date,Directors
tt0113277,9,2020-01-02,Heat,Heat,https://www.imdb.com/title/tt0113277/,Movie,8.3,170,1995,\
"Action, Crime",700000,1995-12-15,Michael Mann
tt0112682,7,2020-01-03,The City of Lost Children,La cité des enfants perdus,\
https://www.imdb.com/title/tt0112682/,movie,7.5,112,1995,Fantasy,70000,1995-05-17,\
"Jean-Pierre Jeunet, Marc Caro"
tt0944947,10,2020-01-04,Game of Thrones,Game of Thrones,https://www.imdb.com/title/tt0944947/,\
TV Series,9.2,60,2011,Drama,2000000,2011-04-17,
tt0959621,8,2020-01-05,Pilot,Pilot,https://www.imdb.com/title/tt0959621/,tvEpisode,9.0,58,2008,\
Drama,40000,2008-01-20,
tt1234567,8,2020-01-05,Portal,Portal,https://www.imdb.com/title/tt1234567/,Video Game,9.0,,2007,\
Puzzle,40000,2007-10-10,
"""


def trakt(**changes: Any) -> dict[str, Any]:
    """One entry of Trakt's ratings."""
    ids = {"trakt": 1, "slug": "heat-1995", "imdb": "tt0113277", "tmdb": 949}
    entry = {
        "rated_at": "2014-09-01T09:10:11.000Z",
        "rating": 9,
        "type": "movie",
        "movie": {"title": "Heat", "year": 1995, "ids": ids},
    }
    return {**entry, **changes}


def as_json(document: Any) -> bytes:
    return json.dumps(document).encode()


def zipped(members: dict[str, str | bytes], **options: Any) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED, **options)
    return stream.getvalue()

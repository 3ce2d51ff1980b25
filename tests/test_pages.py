from __future__ import annotations

import pytest

from matinee.pages import card, figure, page, table, text


def test_a_page_escapes_its_title_and_needs_nothing() -> None:
    written = page('a < "b"', "<p>body</p>")
    assert "<title>a &lt; &quot;b&quot; – Matinee</title>" in written
    assert "<p>body</p>" in written
    assert "http" not in written
    assert "<script" not in written


def test_a_figure_holds_its_image_and_its_words() -> None:
    written = figure("image/png", b"\x00\x01", 'three "bars"', "<b>caption</b>")
    assert 'alt="three &quot;bars&quot;"' in written
    assert 'src="data:image/png;base64,AAE="' in written
    assert "<b>caption</b>" in written


def test_a_table_scrolls_by_itself() -> None:
    assert table("<th>a</th>", ["<tr><td>1</td></tr>"]).startswith('<div class="scroll"><table>')


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (1234, '<td style="text-align:right">1,234</td>'),
        (0.5, '<td style="text-align:right">0.50</td>'),
        (float("nan"), "<td></td>"),
        (None, "<td></td>"),
        (True, "<td>yes</td>"),
        ("<i>", "<td>&lt;i&gt;</td>"),
    ],
)
def test_a_card_writes_each_kind_of_value(value: object, cell: str) -> None:
    assert cell in card("Kind", columns=("a",), rows=[(value,)])


def test_a_card_leaves_out_what_is_not_known() -> None:
    shown = card("Kind", "name", {"There": 0, "Empty": "", "Nothing": None})
    assert "<th>There</th>" in shown
    assert "Empty" not in shown
    assert "Nothing" not in shown


def test_a_card_says_how_many_rows_it_leaves_out() -> None:
    shown = card("Kind", columns=("n",), rows=[(str(n),) for n in range(25)], note="below <")
    assert shown.count("<tr>") == 21
    assert "… and 5 more" in shown
    assert shown.endswith("<p>below &lt;</p></div>")
    assert "more" not in card("Kind", columns=("n",), rows=[("1",)] * 25, most=25)


def test_text() -> None:
    assert text("'&'") == "&#x27;&amp;&#x27;"

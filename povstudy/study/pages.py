"""What Sphinx is taught for the site: formulas without scripts, and words of Chinese to search."""

import re

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.search.en import SearchEnglish

_CHINESE = re.compile("[\u4e00-\u9fff]+")


class Search(SearchEnglish):
    """English words, and each two signs of Chinese that stand together.

    Nobody puts blanks between Chinese words. A query is cut into twos as the pages were, so that
    every word of two signs or more is found, without a list of words.
    """

    lang = "en"
    js_splitter_code = r"""
function splitQuery(query) {
  return (query.match(/[\u4e00-\u9fff]+|[\p{L}\p{N}_]+/gu) || []).flatMap(function (word) {
    var parts = word.match(/[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+/g);
    return parts.flatMap(function (part) {
      if (!/[\u4e00-\u9fff]/.test(part) || part.length < 3) return [part];
      return Array.from({length: part.length - 1}, function (_, i) { return part.slice(i, i + 2); });
    });
  });
}
"""

    def split(self, input):
        """Words of a text, as Sphinx asks for them."""
        made = []
        for word in self._word_re.findall(input):
            for run in _CHINESE.findall(word):
                made += [run[i : i + 2] for i in range(max(len(run) - 1, 1))]
            made += [part for part in _CHINESE.split(word) if part]
        return made


def _formula(self, node):
    made = tex2mathml(node.astext().strip(), as_block=isinstance(node, nodes.math_block))
    block = isinstance(node, nodes.math_block)
    self.body.append(f'<div class="formula">{made}</div>' if block else made)
    raise nodes.SkipNode


def _in_chinese(app, page, template, context, tree):
    """Pages in Chinese say so, for screen readers and fonts."""
    if page.endswith((".zh", "/zh")):
        context["language"] = "zh-CN"


def setup(app):
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (_formula, None), (_formula, None))
    app.add_search_language(Search)
    app.connect("html-page-context", _in_chinese)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""How Sphinx makes the site of `python3 -m povstudy docs`; its pages are staged by povstudy.study.site."""

from povstudy import __version__

project, release = "povstudy", __version__
author = copyright = "The povstudy authors"
extensions = ["sphinx.ext.autodoc", "numpydoc", "myst_nb", "povstudy.study.pages"]
nitpicky = True
# Words in backticks are looked up; those of other packages lead nowhere.
default_role = "py:obj"
nitpick_ignore_regex = [("py:.*", r"(?!povstudy\.).*")]
numpydoc_show_class_members = False
autodoc_typehints = "none"

nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
myst_dmath_allow_digits = myst_dmath_allow_space = False
myst_heading_anchors = 4

html_theme = "pydata_sphinx_theme"
html_title = "povstudy"
html_math_renderer = "mathml"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = html_domain_indices = html_show_sourcelink = html_show_sphinx = False
html_show_search_summary = False  # it would ask for pages, which a folder cannot give
html_sidebars = {"index": [], "changelog": [], "contributing": []}
html_theme_options = {
    "navigation_depth": 2,
    "collapse_navigation": True,
    "header_links_before_dropdown": 5,
    "footer_start": ["copyright"],
    "footer_end": [],
    "primary_sidebar_end": [],
}

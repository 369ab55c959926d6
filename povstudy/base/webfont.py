"""The shipped Chinese font inside a page, for readers who have none."""

import base64
import io
from pathlib import Path

FONT = Path(__file__).parents[1] / "figures" / "fonts" / "povstudySansSC-Regular.ttf"
FAMILY = "povstudy Sans SC"


def font_face(text):
    """A style that brings the font, cut down to the signs of a page beyond ASCII.

    Parameters
    ----------
    text : str
        All that stands on the page.

    Returns
    -------
    str
        Of CSS; blank where no such sign is used. Without the package fonttools, which the extra
        ``study`` brings, the font is not cut down, and the page is 3 MB.

    Examples
    --------
    >>> from povstudy.base.webfont import font_face
    >>> font_face("poor"), font_face("贫困")[:40]
    ('', '@font-face{font-family:"povstudy Sans SC')
    """
    wanted = {ord(sign) for sign in text if ord(sign) > 0x7F}
    if not wanted:
        return ""
    data, kind = FONT.read_bytes(), ("font/ttf", "truetype")
    try:
        from fontTools import subset
        from fontTools.ttLib import TTFont
    except ImportError:
        pass
    else:
        font = TTFont(io.BytesIO(data))
        cutter = subset.Subsetter(subset.Options(hinting=False))
        cutter.populate(unicodes=wanted)
        cutter.subset(font)
        font.flavor, buffer, kind = "woff", io.BytesIO(), ("font/woff", "woff")
        font.save(buffer)
        data = buffer.getvalue()
    data = base64.b64encode(data).decode()
    return f'@font-face{{font-family:"{FAMILY}";src:url(data:{kind[0]};base64,{data}) format("{kind[1]}")}}'  # fmt: skip

"""Dictionaries of SPSS files, looked at before their reader, which trusts them."""

import struct
from codecs import getincrementaldecoder

from ..base.errors import DataError


def check_dictionary(path):
    """Refuse an SPSS file whose dictionary would end the whole process in its reader.

    The reader trusts widths, kinds, counts and places of variables as they stand, and that labels
    of a text variable stand at texts.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DataError
        With the number of the record.
    """
    number, texts, codes, pages, encoding = 0, set(), [], {}, None

    def whole(count=1):
        data = file.read(4 * count)
        if len(data) < 4 * count:
            raise _bad_record(path, number, "the file ends in the middle of it")
        return struct.unpack(f"{order}{count}i", data)

    with path.open("rb") as file:
        start = file.read(176)
        order = ">" if start[64:68] in (b"\0\0\0\2", b"\0\0\0\3") else "<"
        size, variables, owed = path.stat().st_size, 0, 0
        packed, _, cases = struct.unpack(f"{order}3i", start[72:84].ljust(12, b"\0"))
        while True:
            number += 1
            (kind,) = whole()
            if kind == 2:
                variables += 1
                width, labelled, missing, form = whole(4)
                if not -1 <= width <= 255 or labelled not in (0, 1) or missing not in range(-3, 4):
                    raise _bad_record(path, number, f"variable of width {width}")
                if width >= 0 and (width > 0) != (form >> 16 & 255 in (1, 2)):
                    raise _bad_record(path, number, "text shown as number, or number as text")
                if (width < 0) != (owed > 0):  # a text takes a record for each 8 signs of it
                    raise _bad_record(path, number, "a text variable with too few or many parts")
                owed = owed - 1 if width < 0 else max(-(-width // 8) - 1, 0)
                texts |= {variables} if width else set()
                file.seek(12, 1)
                length = whole()[0] if labelled else 0
                if not 0 <= length <= size:
                    raise _bad_record(path, number, f"a label of {length} bytes")
                file.seek(length + -length % 4 + 8 * abs(missing), 1)
            elif owed:
                raise _bad_record(path, number, "a text variable with too few parts before it")
            elif kind == 3:
                (count,) = whole()
                if not 0 <= count <= size:
                    raise _bad_record(path, number, f"{count} value labels")
                codes = []
                for _ in range(count):
                    codes.append(file.read(8))
                    length = int.from_bytes(file.read(1), "little")
                    file.seek(length + -(length + 1) % 8, 1)
            elif kind == 4:
                (count,) = whole()
                places = whole(count) if 0 <= count <= variables else [0]
                if not all(1 <= one <= variables for one in places):
                    raise _bad_record(path, number, "labels of a variable that is not there")
                if texts.intersection(places):
                    pages[number] = codes
            elif kind == 6:
                (lines,) = whole()
                if not 0 <= lines <= size:
                    raise _bad_record(path, number, f"{lines} lines of notes")
                file.seek(80 * lines, 1)
            elif kind == 7:
                part, width, count = whole(3)
                if width < 0 or not 0 <= width * count <= size:
                    raise _bad_record(path, number, f"{count} parts of {width} bytes")
                held = file.read(width * count)
                if part == 3 and len(held) == 32:
                    page = struct.unpack(f"{order}8i", held)[7]
                    encoding = encoding or {65001: "utf-8", 20127: "ascii"}.get(page, f"cp{page}")
                if part == 20:
                    encoding = held.decode("ascii", "replace")
            else:  # the end of the dictionary, or what the reader refuses by itself
                # a value takes a byte at least, but for files packed as a whole
                if kind == 999 and cases * variables > size * (1100 if packed == 2 else 1):
                    raise _bad_record(path, number, f"{cases} rows in {size} bytes")
                break
    for number, codes in pages.items():
        for code in codes if encoding else ():  # else they are taken as they stand
            try:
                # one that is cut off at its end is read as far as it goes
                getincrementaldecoder(encoding)().decode(code.rstrip(b" "))
            except UnicodeDecodeError:
                raise _bad_record(path, number, "labels of a text that stand at no text") from None
            except LookupError:  # its reader refuses an encoding that is not known
                return


def _bad_record(path, number, found):
    return DataError("This file is damaged: a record of its dictionary makes no sense.",
                     where=f"{path.name}, record {number}", found=found,
                     remedy="open it in SPSS or PSPP, and save it anew")  # fmt: skip

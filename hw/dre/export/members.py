"""What the source says about a component's ports, from its docstring."""

import inspect
import re

KIND = re.compile(r" : \w+(?:\((?:[^()]|\([^()]*\))*\))?")
"""Behind one or more names: ``settings : In(struct)``."""

PLACE = re.compile(r"<\w+>")
"""Stands for any word: ``<unit>_status``."""


def about(component, names):
    """What the section *Members* of a component's docstring says, by port.

    Parameters
    ----------
    component : type
    names : sequence of str
        Of its ports.

    Returns
    -------
    dict of str to str
        Markdown, a paragraph; ports of which nothing is said are not in it.
    """
    said = _entries(inspect.getdoc(component))
    return {name: text for name in names if (text := _of(name, said)) is not None}


def _entries(doc):
    """Pattern of names, and text, of each entry of the section."""
    _, _, section = doc.partition("\nMembers\n-------\n")
    section = re.split(r"\n\w[\w ]*\n-{3,}\n", section)[0]
    found, names = [], []
    for entry in re.findall(r"^\S.*(?:\n(?: +.*)?)*", section, re.MULTILINE):
        head, *lines = entry.splitlines()
        names = KIND.sub("", head).split(", ")
        text = " ".join(line.strip() for line in lines if line.strip())
        found += [(name.strip(), text.replace("``", "`")) for name in names if text]
    return found


def _of(name, said):
    """The text about a port: of its own name first, then of a name with a place in it."""
    exact = (text for pattern, text in said if pattern == name)
    fitting = (text for pattern, text in said if _fits(pattern, name))
    return next(exact, None) or next(fitting, None)


def _fits(pattern, name):
    parts = map(re.escape, PLACE.split(pattern))
    return PLACE.search(pattern) and re.fullmatch(r"\w+".join(parts), name)

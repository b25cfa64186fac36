"""Reads the form of any liberty file: groups, attributes, nothing of what they mean."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | \\\r?\n      # a comment, a line that goes on
    | "(?:[^"\\]|\\.)*" | [(){}:;,] | \n | [^\s(){}:;,"]+""",
    re.DOTALL | re.VERBOSE,
)
SKIPPED = ("/*", "//", "\\")


@dataclass
class Group:
    """``name (arguments) { ... }``.

    Attributes
    ----------
    name : str
    arguments : list of str
    attributes : dict of str to str
        ``name : value``, without quotes; of several the last one.
    groups : list of Group
    """

    name: str
    arguments: list
    attributes: dict = field(default_factory=dict)
    groups: list = field(default_factory=list)

    def all(self, name):
        """Groups of this name right inside."""
        return [group for group in self.groups if group.name == name]


def parse(text):
    """The outermost group of a file.

    Raises
    ------
    ValueError
        If the text has another form; it names the line.
    """
    return _Reader(text).file()


class _Reader:
    """Goes through the tokens; line ends count, because a value may end with its line."""

    def __init__(self, text):
        self._tokens, self._at = [], 0
        line = 1
        for found in TOKEN.finditer(text):
            token = found[0]
            if not token.startswith(SKIPPED):
                self._tokens.append((token, line))
            line += token.count("\n")

    def file(self):
        self._lines()
        name = self._word()
        group = self._group(name, self._arguments())
        self._lines()
        if self._peek():
            raise self._wrong("the end of the file")
        return group

    def _group(self, name, arguments):
        self._expect("{")
        group = Group(name, arguments)
        while True:
            self._lines()
            if self._peek() in (";", "}"):
                if self._next() == "}":
                    return group
                continue
            self._statement(group)

    def _statement(self, group):
        name = self._word()
        self._lines()
        if self._peek() == ":":
            self._next()
            group.attributes[name] = self._value()
            return
        arguments = self._arguments()
        place = self._at
        self._lines()
        if self._peek() == "{":
            group.groups.append(self._group(name, arguments))
        else:
            self._at = place

    def _arguments(self):
        self._lines()
        self._expect("(")
        found = []
        while (token := self._next()) != ")":
            if token in ("{", "}", ":", ""):
                self._at -= bool(token)
                raise self._wrong("a list that ends with )")
            if token not in (",", "\n"):
                found.append(token.strip('"'))
        return found

    def _value(self):
        """Up to a semicolon, the end of the line, or of the group."""
        words = []
        while self._peek() not in (";", "\n", "}", ""):
            words.append(self._next().strip('"'))
        if not words:
            raise self._wrong("a value")
        return " ".join(words)

    def _word(self):
        token = self._peek()
        if not token or token in "(){}:;,\n":
            raise self._wrong("a name")
        return self._next().strip('"')

    def _expect(self, token):
        if self._peek() != token:
            raise self._wrong(token)
        self._next()

    def _lines(self):
        while self._peek() == "\n":
            self._next()

    def _peek(self):
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _next(self):
        token = self._peek()
        self._at += 1
        return token

    def _wrong(self, wanted):
        here = min(self._at, len(self._tokens) - 1)
        line = self._tokens[here][1] if self._tokens else 1
        found = self._peek() or "the end of the file"
        return ValueError(f"line {line}: must have {wanted}, not {found!r}")

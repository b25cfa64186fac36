"""Logic functions as liberty files write them."""

import itertools
import re

TOKEN = re.compile(r"\w+(?:\[\d+\])?|['!^*&+|()]|\S")
NAME = re.compile(r"[A-Za-z_]\w*(?:\[\d+\])?")


class Function:
    """A function of pins: ``!`` or ``'`` binds first, then ``^``, then ``*``, ``&`` or nothing
    between two, then ``+`` or ``|``.

    Attributes
    ----------
    inputs : tuple of str
        Pins, in the order in which they come.
    tree : tuple or str
        ``(sign, operand, ...)`` with the signs ``!``, ``^``, ``&``, ``|``; a pin, ``0`` or ``1``.

    Raises
    ------
    ValueError
        If the text is none.
    """

    def __init__(self, text):
        self._text, self._left = text, TOKEN.findall(text)[::-1]
        self._inputs = {}
        self.tree = self._or()
        if self._left:
            raise self._wrong()
        self.inputs = tuple(self._inputs)

    def text(self, names):
        """With other names for pins, fully in brackets; signs ``!``, ``^``, ``&`` and ``|``."""
        return _text(self.tree, names)

    def table(self):
        """Values for all inputs, the first pin changing slowest: tuple of bool."""
        values = itertools.product((False, True), repeat=len(self.inputs))
        return tuple(_value(self.tree, dict(zip(self.inputs, v, strict=True))) for v in values)

    def _or(self):
        return self._several("|", "+|", self._and)

    def _and(self):
        found = [self._xor()]
        while self._left and self._left[-1] not in "+|)":
            if self._left[-1] in "*&":
                self._left.pop()
            found.append(self._xor())
        return found[0] if len(found) == 1 else ("&", *found)

    def _xor(self):
        return self._several("^", "^", self._not)

    def _several(self, sign, signs, operand):
        found = [operand()]
        while self._left and self._left[-1] in signs:
            self._left.pop()
            found.append(operand())
        return found[0] if len(found) == 1 else (sign, *found)

    def _not(self):
        if self._left and self._left[-1] == "!":
            self._left.pop()
            return ("!", self._not())
        found = self._pin()
        while self._left and self._left[-1] == "'":
            self._left.pop()
            found = ("!", found)
        return found

    def _pin(self):
        token = self._left.pop() if self._left else ""
        if token == "(":
            found = self._or()
            if not self._left or self._left.pop() != ")":
                raise self._wrong()
            return found
        if token in ("0", "1"):
            return token
        if not NAME.fullmatch(token):
            raise self._wrong()
        self._inputs[token] = None
        return token

    def _wrong(self):
        return ValueError(f"function must be made of pins, !, ', ^, *, &, + and |: {self._text!r}")


def _text(tree, names):
    if isinstance(tree, str):
        return names.get(tree, tree)
    sign, *operands = tree
    inner = [_text(one, names) for one in operands]
    return f"(!{inner[0]})" if sign == "!" else f"({sign.join(inner)})"


def _value(tree, values):
    if isinstance(tree, str):
        return values[tree] if tree in values else tree == "1"
    sign, *operands = tree
    inner = [_value(one, values) for one in operands]
    if sign == "!":
        return not inner[0]
    if sign == "^":
        return sum(inner) % 2 == 1
    return all(inner) if sign == "&" else any(inner)

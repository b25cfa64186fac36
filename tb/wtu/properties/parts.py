"""Parts of the WTU that are proved by themselves, made from what JSON can say."""

from dre.wtu.arithmetic import Fraction


def fraction(**sizes):
    """The multiplication of a row's sum by TH."""
    return Fraction(**sizes)

"""Scores that lie in near memory (spec section 18)."""

from dre.scores.reader import ScoreReader

__all__ = ["ScoreReader"]

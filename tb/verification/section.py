"""What a verification tool has found: one section of the page that ``make verify`` writes."""

from dataclasses import dataclass, field

from figures import Figure


@dataclass(frozen=True)
class Section:
    """One tool's result for one unit.

    Attributes
    ----------
    title : str
        Of the section.
    about : str
        What was done, in one paragraph of Markdown: counts, seeds, simulators or solvers.
    figures : list of Figure
        What was measured, each with its target; a missed ``must`` fails ``make verify``.
    notes : list of str
        Markdown, one item each: waivers by name, survivors with their reason, known gaps.
    details : dict
        More for programs: in the JSON, not on the page.
    """

    title: str
    about: str
    figures: list[Figure]
    notes: list[str] = field(default_factory=list)
    details: dict = field(default_factory=dict)

    @property
    def missed(self):
        """The figures whose ``must`` is not met."""
        return [figure for figure in self.figures if not figure.meets(figure.must)]

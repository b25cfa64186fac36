"""A small table of registers with one of everything."""

from dre.registers.fields import Count, Field, Register, Table

NAMED = Register(
    "named", 0x00, (Field("value", 32, 0, "constant", "Says what it is", 0xABCD_0123),), "Name"
)
PLAIN = Register(
    "plain",
    0x04,
    (
        Field("low", 5, 3, "held", "Some bits", 9),
        Field("high", 8, 24, "held", "Others"),
        Field("seen", 4, 12, "shown", "From outside"),
    ),
    "Held and shown",
)
GUARDED = Register("guarded", 0x08, (Field("word", 32, 0, "held", "All"),), "Guarded", guarded=True)
STICKY = Register(
    "sticky",
    0x10,
    (Field("one", 1, 0, "cleared", "A bit"), Field("two", 1, 7, "cleared", "Another")),
    "Sticky bits",
)
DONE = Register(
    "done",
    0x1C,
    (
        Field("go", 1, 0, "done", "Something"),
        Field("how", 3, 4, "done", "How", names=("so", "or", "thus")),
    ),
    "Done",
    guarded=True,
)
COUNTS = (Count("ones", 6, "Ones"), Count("twos", 8, "Twos"), Count("threes", 6, "Threes"))
TABLE = Table("small", (NAMED, PLAIN, GUARDED, STICKY, DONE), COUNTS, 0x40, 7)

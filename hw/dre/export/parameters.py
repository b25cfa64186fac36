"""Build parameters as words, ``contexts=4 max_clusters=1024``, and back."""

from dataclasses import MISSING, fields, replace

from dre.bus import BusPort

TRUTH = {"0": False, "false": False, "1": True, "true": True}


def parse(default, words):
    """The default build, changed as the words say.

    Parameters
    ----------
    default : dataclass
        Build parameters of a unit.
    words : sequence of str
        ``name=value`` each. A sequence of `BusPort` is ``name:data_bits=64:reads=1,...``.

    Raises
    ------
    TypeError, ValueError
        If a word is none, names what is not there or what another word has named, or has a value
        that is not allowed; the message is one line.
    """
    known = {field.name: field for field in fields(default)}
    given = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise ValueError(f"PARAMETERS must be words like name=value, not {word!r}")
        if name not in known:
            names = ", ".join(known)
            raise ValueError(f"names in PARAMETERS must be of {names}, not {name!r}")
        if name in given:
            raise ValueError(f"{name} must be given once, not again as {text!r}")
        given[name] = _value(known[name], text)
    return replace(default, **given)


def show(config, default):
    """The words that `parse` needs to make a build of the default one."""
    return [
        f"{field.name}={text(getattr(config, field.name))}"
        for field in fields(config)
        if getattr(config, field.name) != getattr(default, field.name)
    ]


def text(value):
    """A value as `parse` reads it."""
    if isinstance(value, tuple):
        return ",".join(map(_port_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(field, text):
    """A value of a field's type; whether it is allowed is for the dataclass to say."""
    if field.type is tuple:
        return tuple(_port(part) for part in text.split(","))
    if field.type is bool:
        return TRUTH.get(text.lower(), text)
    if field.type is int:
        try:
            return int(text)
        except ValueError:
            return text
    return text


def _port(text):
    """A `BusPort` from its name and settings."""
    name, *words = text.split(":")
    known = {field.name: field for field in fields(BusPort) if field.name != "name"}
    given = {}
    for word in words:
        setting, _, value = word.partition("=")
        if setting not in known or setting in given:
            rule = f"must be of {', '.join(known)}, each once"
            raise ValueError(f"settings of port {name!r} {rule}, not {word!r}")
        given[setting] = _value(known[setting], value)
    for setting, field in known.items():
        if field.default is MISSING and setting not in given:
            raise ValueError(f"{setting} of port {name!r} must be given, not only {text!r}")
    return BusPort(name=name, **given)


def _port_text(port):
    words = [port.name]
    for field in fields(port):
        value = getattr(port, field.name)
        if field.name != "name" and value != field.default:
            words.append(f"{field.name}={value}")
    return ":".join(words)

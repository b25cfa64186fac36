"""WTU: WiCSum threshold unit."""

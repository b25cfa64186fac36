"""What the paper draws, read literally: built to be measured beside our units, not to be used."""

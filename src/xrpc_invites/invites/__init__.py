"""The domain: codes, uses, earned codes. Standard library only; clock and dice are arguments."""

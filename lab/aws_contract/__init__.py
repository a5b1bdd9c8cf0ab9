"""Asks AWS what nobody has recorded, with a small API that lives for a minute."""

"""A CrossGuard policy pack: rules for every resource that the program declares.

`rules.py` lists the rules. `pulumi preview --policy-pack policy` runs them in the engine (`__main__.py`), and
`python -m tools policy` runs them without the Pulumi CLI.
"""

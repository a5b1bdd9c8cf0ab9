"""What must hold of everything that the program declares, whoever changes it: a CrossGuard policy pack.

`rules.py` lists the rules. `pulumi preview --policy-pack policy` has the engine ask them (`__main__.py`), and
`python -m tools policy` asks them without the Pulumi CLI.
"""

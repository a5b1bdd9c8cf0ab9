"""How far API Gateway and Lambda carry this program, what breaks first, and what it costs: `python -m lab.scaling`."""

"""The capacity and cost model of the program on API Gateway and Lambda: `python -m lab.scaling`."""

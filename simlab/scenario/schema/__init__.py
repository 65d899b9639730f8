"""The scenario language: what a planner may write, one frozen class per block of the file.

Attribute docstrings are the reference documentation: the docs page and the JSON Schema are made from them.
"""

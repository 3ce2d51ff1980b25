"""Models that are trained as neural networks, with PyTorch, and that answer with NumPy alone.

``dot`` and ``mlp`` are the classes that people use; they import no torch. ``networks`` and
``training`` do, and are imported by a fit.
"""

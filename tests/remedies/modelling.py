"""Remedies of panels, approaches, relapse, lessons and simulation.

For each: where it is raised, what is in scope, the call that is refused, and the call that is made
once the remedy is pasted; where the remedy is an argument, {} stands for it. ``None``: the same call.
"""

SITUATIONS = []

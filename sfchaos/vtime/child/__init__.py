"""What goes into the processes of a program under `sfchaos run`: the way to the org, the guard against other hosts, and the shared time.

`path/` stands in PYTHONPATH of Python children; `preload.cjs` is required by Node children. Both work without sfchaos being
installed where the child runs. `line.py` and `route.py` run on any Python from 3.8, the shared time on 3.11 and later.
"""

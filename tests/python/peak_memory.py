"""peak_memory.py PROGRAM --cwd FOLDER -- ARGS...: runs a program and prints, as JSON, its exit code, output,
wall seconds and the largest resident size it ever had."""

import json
import os
import resource
import subprocess
import sys
import time

program, _, folder, _, *arguments = sys.argv[1:]
start = time.perf_counter()
ended = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True,
                       env=os.environ | {"NO_COLOR": "1"})
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps({"exit": ended.returncode, "stdout": ended.stdout, "stderr": ended.stderr,
                  "seconds": round(seconds, 3), "peak_mib": round(peak, 1)}))

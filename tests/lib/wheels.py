"""Python packages that exports are tested against, each in an environment of
its own in the cache. Fetched only in the long form; there already, used."""
import hashlib
import os
import shutil
import subprocess
import sys


def wheel_python(name, requirements, probe, fetch):
    """(path of a Python that has it, None) or (None, why not)."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    mark = hashlib.sha256("\n".join(requirements).encode()).hexdigest()[:8]
    folder = os.path.join(cache, "stet-test", "%s-%s" % (name, mark))
    python = os.path.join(folder, "bin", "python")
    done = os.path.join(folder, "complete")
    if not os.path.exists(done) and not fetch:
        return None, "%s is not in the cache; STET_TEST_LONG=1 fetches it" % name
    if not os.path.exists(done):
        shutil.rmtree(folder, ignore_errors=True)
        why = install(folder, python, requirements)
        if why:
            return None, "%s cannot be installed: %s" % (name, why)
        with open(done, "w", encoding="utf-8"):
            pass
    if subprocess.run([python, "-c", probe], stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL).returncode:
        return None, "%s does not run here" % name
    return python, None


def install(folder, python, requirements):
    """Why it cannot be had, or None."""
    steps = [[sys.executable, "-m", "venv", folder],
             [python, "-m", "pip", "install", "-q", "--retries", "1", *requirements]]
    for step in steps:
        try:
            done = subprocess.run(step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=900)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if done.returncode:
            words = done.stdout.decode("utf-8", "replace").strip().splitlines()
            return words[-1] if words else "%s failed" % step[1]
    return None

"""Running what is measured, and saying on what machine it ran."""
import collections
import datetime
import os
import platform
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time

IDLE = 0.5  # load average above which the machine is not at rest


# Seconds until the last process ended; seconds of processor they and what they
# waited for used; peak resident bytes, each process's own, added up; what they
# printed.
Run = collections.namedtuple("Run", "seconds cpu_seconds peak_bytes output")


def run(commands, fine=(0,)):
    """Start all at once, wait for all. fine: exit statuses that are no error."""
    os.sync()  # what the one before left unwritten is not this one's work
    start = time.perf_counter()
    children = [subprocess.Popen(argv, stdout=subprocess.PIPE) for argv in commands]
    output, peak, cpu = [], 0, 0.0
    for child in children:
        output.append(child.stdout.read().decode())
        _, status, usage = os.wait4(child.pid, 0)
        child.stdout.close()
        child.returncode = os.waitstatus_to_exitcode(status)
        peak += usage.ru_maxrss * 1024
        cpu += usage.ru_utime + usage.ru_stime
        if child.returncode not in fine:
            raise subprocess.CalledProcessError(child.returncode, child.args)
    return Run(time.perf_counter() - start, cpu, peak, "".join(output))


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(path, name))
               for path, _, names in os.walk(folder) for name in names)


def empty(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def warm(paths):
    """Read them once: everything is measured with its input in memory."""
    for path in paths:
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass


def spread(values):
    """[least, median, most]"""
    return [min(values), statistics.median(values), max(values)]


def first_line(*argv):
    try:
        out = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return out.stdout.decode("utf-8", "replace").split("\n")[0].strip()


def field(path, name):
    with open(path) as lines:
        for line in lines:
            if line.startswith(name):
                return line.split(":", 1)[1].strip()
    return ""


def version_of(module, python):
    code = "import importlib.metadata as m; print(m.version(%r))" % module
    return first_line(python, "-c", code)


def versions(stet, venv_python):
    found = {
        "stet": first_line(stet, "--version"),
        "compiler": first_line("cc", "--version"),
        "zstd": first_line("zstd", "--version"),
        "rg": first_line("rg", "--version"),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "tantivy": version_of("tantivy", venv_python) if venv_python else "",
        "duckdb": version_of("duckdb", venv_python) if venv_python else "",
    }
    zstd = re.search(r"v[\d.]+", found["zstd"])
    found["zstd"] = zstd.group(0) if zstd else found["zstd"]
    return {name: text for name, text in found.items() if text}


def commit(source):
    name = first_line("git", "-C", source, "rev-parse", "--short=12", "HEAD")
    changed = name and first_line("git", "-C", source, "status", "--porcelain", "-uno")
    return name + (" and changes" if changed else "")


def describe(source, stet, venv_python):
    load = os.getloadavg()[0]
    if load > IDLE:
        print("bench: the machine is not idle (load %.1f): the times are not to be quoted, "
              "the ratios with care" % load, file=sys.stderr)
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ"),
        "commit": commit(source),
        "cpu": field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_bytes": int(field("/proc/meminfo", "MemTotal").split()[0]) * 1024,
        "kernel": platform.release(),
        "system": system,
        "versions": versions(stet, venv_python),
        "load_before": load,
    }

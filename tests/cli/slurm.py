"""Runs docs/recipes/slurm-submit.sh on a Slurm cluster of its own, one
controller and two node daemons on 127.0.0.1, with workers killed at random: the
manifest is that of an undisturbed run.

Only in the long form (STET_TEST_LONG=1), as root, with Debian's slurm-wlm and
munge.
"""
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

os.environ.setdefault("STET_TEST_LONG", "")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tasks as common  # noqa: E402

KILLS = 4
WAIT = 900  # seconds; Slurm itself waits two minutes before a requeued task
PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "scontrol", "squeue")
CONF = """ClusterName=stet
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=%(ctld)d
AuthType=auth/munge
AuthInfo=socket=%(dir)s/munge.socket
SlurmUser=root
StateSaveLocation=%(dir)s/state
SlurmdSpoolDir=%(dir)s/spool-%%n
SlurmctldPidFile=%(dir)s/slurmctld.pid
SlurmdPidFile=%(dir)s/slurmd-%%n.pid
SlurmctldLogFile=%(dir)s/slurmctld.log
SlurmdLogFile=%(dir)s/slurmd-%%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MpiDefault=none
KillWait=5
NodeName=n[1-2] NodeHostname=%(host)s NodeAddr=127.0.0.1 Port=[%(node)d-%(last)d] CPUs=4 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=UNLIMITED State=UP
"""


def free_port(count):
    """The first of `count` ports that nobody listens on."""
    for base in range(20000, 60000, 97):
        try:
            for port in range(base, base + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
    raise RuntimeError("no free ports")


class Cluster:
    def __init__(self, where):
        self.dir = where
        self.daemons = []
        port = free_port(3)
        with open(os.path.join(where, "slurm.conf"), "w") as out:
            out.write(CONF % {"dir": where, "ctld": port, "node": port + 1,
                              "last": port + 2, "host": socket.gethostname().split(".")[0]})
        for name in ("state", "spool-n1", "spool-n2"):
            os.mkdir(os.path.join(where, name))
        key = os.path.join(where, "munge.key")
        with open(key, "wb") as out:
            out.write(os.urandom(1024))
        os.chmod(key, 0o400)
        self.env = dict(common.ENV, SLURM_CONF=os.path.join(where, "slurm.conf"), HOME=where)

    def start(self):
        own = self.dir
        self.run_daemon("munged", "--foreground", "--force", "--key-file", own + "/munge.key",
                        "--socket", own + "/munge.socket", "--pid-file", own + "/munged.pid",
                        "--log-file", own + "/munged.log", "--seed-file", own + "/munged.seed")
        self.wait_for(lambda: os.path.exists(own + "/munge.socket"), 20)
        self.run_daemon("slurmctld", "-D")
        for node in ("n1", "n2"):
            self.run_daemon("slurmd", "-D", "-N", node)
        return self.wait_for(self.is_up, 60)

    def run_daemon(self, *command):
        log = open(os.path.join(self.dir, command[0] + ".out"), "ab")
        self.daemons.append(subprocess.Popen(command, env=self.env, stdout=log, stderr=log))

    def is_up(self):
        result = subprocess.run(["sinfo", "-h", "-o", "%T %D"], env=self.env,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return result.stdout.decode().strip() == "idle 2"

    def wait_for(self, condition, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.3)
        return False

    def queue(self):
        return subprocess.run(["squeue", "-h", "-r"], env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE).stdout.decode()

    def stop(self):
        subprocess.run(["scancel", "-u", "root"], env=self.env, stderr=subprocess.DEVNULL)
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def logs(self):
        text = ""
        for name in sorted(os.listdir(self.dir)):
            if name.endswith((".log", ".out")):
                with open(os.path.join(self.dir, name), errors="replace") as file:
                    text += "== %s\n%s" % (name, "".join(file.readlines()[-8:]))
        return text


def slow_stet(folder):
    """A `stet` that waits a little first, so that workers can be met."""
    path = os.path.join(folder, "stet")
    with open(path, "w") as out:
        out.write("#!/bin/sh\nsleep 0.7\nexec %s \"$@\"\n" % common.STET)
    os.chmod(path, 0o755)


def kill_some(where, rng, stop, kills):
    """SIGKILL and SIGUSR1 in turn: killed, and told that time is up."""
    while not stop.is_set() and len(kills) < KILLS:
        time.sleep(rng.random() * 0.2)
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink("/proc/%s/cwd" % pid) != where or \
                        os.readlink("/proc/%s/exe" % pid) != common.STET:
                    continue
                how = (signal.SIGKILL, signal.SIGUSR1)[len(kills) % 2]
                os.kill(int(pid), how)
                kills.append(how)
                break
            except OSError:
                pass


def run_recipe(cluster, shards, wanted):
    where = shards.copy()
    tools = os.path.join(cluster.dir, "bin")
    os.mkdir(tools)
    slow_stet(tools)
    env = dict(cluster.env, PATH=tools + ":" + cluster.env["PATH"])
    rng = random.Random(common.SEED)
    stop, kills = threading.Event(), []
    killer = threading.Thread(target=kill_some, args=(where, rng, stop, kills))
    killer.start()
    result = subprocess.run(
        ["sh", os.path.join(common.RECIPES, "slurm-submit.sh"), "list", str(common.TASKS),
         *common.SMALL], cwd=where, env=dict(env, SBATCH_CPUS_PER_TASK="2"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    common.check(result.returncode == 0, "slurm-submit.sh: both jobs are submitted",
                 common.said(result))
    ended = cluster.wait_for(lambda: cluster.queue().strip() == "", WAIT)
    stop.set()
    killer.join()
    outputs = ""
    for name in sorted(os.listdir(where)):
        if name.startswith("slurm-"):
            with open(os.path.join(where, name), errors="replace") as file:
                outputs += "== %s\n%s" % (name, file.read())
    common.check(ended, "Slurm: all jobs end", cluster.queue() + outputs + cluster.logs())
    good = os.path.exists(os.path.join(where, ".stet/index/MANIFEST"))
    common.check(good and common.manifest(where) == wanted[0] and
                 common.files_of(where) == wanted[1] and len(kills) == KILLS,
                 "docs/recipes/slurm-*.sh: the manifest is that of an undisturbed run "
                 "(seed %s, %d killed)" % (common.SEED, len(kills)),
                 "%s\n%s" % (kills, outputs))


def main():
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    why = None
    if not common.LONG:
        why = "only in the long form (STET_TEST_LONG=1)"
    elif missing:
        why = "needs %s" % ", ".join(missing)
    elif os.geteuid() != 0:
        why = "needs root"
    if why:
        print("1..0 # SKIP " + why)
        return
    print("# seed %d" % common.SEED)
    work = os.path.realpath(tempfile.mkdtemp(prefix="stet-slurm-"))
    home = os.path.join(work, "cluster")
    os.mkdir(home)
    os.chmod(work, 0o755)
    cluster = Cluster(home)
    try:
        shards = common.Corpus(work)
        where = common.undisturbed(shards)
        wanted = common.manifest(where), common.files_of(where)
        up = cluster.start()
        common.check(up, "Slurm: a controller and two nodes on this machine", cluster.logs())
        if up:
            run_recipe(cluster, shards, wanted)
    finally:
        cluster.stop()
        shutil.rmtree(work, ignore_errors=True)
    print("1..%d" % common.count)
    sys.exit(common.failed > 0)


if __name__ == "__main__":
    main()

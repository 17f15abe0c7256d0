"""Runs one cell of the peer benchmark: generates its data, starts the line server if the
workload has one, starts the peer, watches its memory, prints one JSON line.

A peer is any program that takes key=value options and prints
    READY                  when it wants its input (W3 and Kafka only)
    RESULT {...}           records, end_us, check, maybe start_us, p50_ms, ...; times are
                           microseconds since the epoch
`seconds` is from the first moment the engine could have data (W2: the connection is
accepted; W3: the first file appears; else the peer's own start_us, taken after the engine
is up) to the final result, so that it holds no JVM or cluster start; `wall_s` is the whole
process, cpu_s its CPU time, start included (the figure that a busy machine distorts least).
rss_mb is the highest sum of resident memory over the peer's processes.
"""
import json, os, resource, shutil, signal, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("PEERS_BUILD", os.path.join(HERE, "build"))
DATA = os.environ.get("PEERS_DATA", os.path.join(HERE, "data"))
MILLRACE = os.environ.get("MILLRACE_HOME", os.path.dirname(os.path.dirname(HERE)))     # the project's root: its bench/peer.ts is the peer "millrace"
GOPEER = os.path.join(BUILD, "gopeer")
HEAP = os.environ.get("PEERS_HEAP", "2g")

OPENS = ("java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent "
         "java.util.concurrent.atomic sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar").split()


def java(engine, *jars):
    home = os.environ.get("PEERS_JAVA", "java")
    cp = ":".join([f"{BUILD}/{engine}-classes"] + [f"{BUILD}/{j}-jars/*" for j in jars])
    return [home, f"-Xmx{HEAP}", "-XX:+UseParallelGC" if os.environ.get("PEERS_PARALLELGC") else "-XX:+UseG1GC",
            "-XX:+IgnoreUnrecognizedVMOptions", f"-Dlog4j2.configurationFile={HERE}/java/log4j2.properties",
            f"-Dlog4j.configurationFile={HERE}/java/log4j2.properties", "-Djava.net.preferIPv4Stack=true",
            "-Djdk.reflect.useDirectMethodHandle=false", "-Dio.netty.tryReflectionSetAccessible=true",
            "--enable-native-access=ALL-UNNAMED"] + ["--add-modules=jdk.incubator.vector"] * (engine == "Spark") + [
            f"--add-opens=java.base/{p}=ALL-UNNAMED" for p in OPENS] + ["-cp", cp, f"{engine}Peer"]


def node():
    """The Node that the project pins, where it is installed: millrace and the hand-written programs run on the same one."""
    pinned = os.path.join(MILLRACE, "node_modules", ".bin", "node")
    return pinned if os.path.exists(pinned) else "node"


def command(workload, peer):
    py, spark_py = f"{BUILD}/venv/bin/python", f"{BUILD}/sparkvenv/bin/python"
    if peer == "pyspark-rdd":
        return [spark_py, f"{HERE}/py/pyspark_peer.py", workload, peer]
    if peer.startswith("spark"):
        return java("Spark", "spark", "sparkkafka") + [workload, peer]
    if peer.startswith("flink"):
        return java("Flink", "flink") + [workload, peer]
    if peer.startswith("kafka"):
        return java("Kafka", "kafka") + [workload, peer]
    if peer.startswith("storm"):
        return java("Storm", "storm") + [workload, peer]
    if peer.startswith("bytewax"):
        return [py, f"{HERE}/py/bytewax_peer.py", workload, peer]
    if peer == "duckdb":
        return [py, f"{HERE}/py/duckdb_peer.py", workload, peer]
    if peer == "node":
        return [node(), "--max-old-space-size=2048", f"{HERE}/node/peer.mjs", workload, peer]
    if peer.startswith("millrace"):
        return [node(), f"{MILLRACE}/bench/peer.ts", workload, peer]
    if peer == "go":
        return [GOPEER, workload]
    sys.exit(f"run.py: unknown peer {peer}")


CELLS = {
    "w1": "millrace spark-rdd pyspark-rdd spark-sql flink duckdb node go",
    "w2": "millrace spark-dstreams spark-ss flink storm bytewax node go",
    "w3": "millrace spark-dstreams spark-ss flink kafka-streams bytewax node go",
    "w4": "millrace spark-dstreams spark-ss flink flink-sql node go",
    "w5": "millrace spark-dstreams spark-ss spark-rtm flink kafka-streams storm bytewax node go",
    "w6": "millrace spark-dstreams spark-ss",
    "pipeline": "millrace",
}


def generate(*args):
    subprocess.run(["node", f"{HERE}/gen.mjs", DATA, *map(str, args)], check=True)


def meta(path):
    with open(path + ".meta.json") as f:
        return json.load(f)


class Server:
    """The TCP line server; accept_us is set when the client is there."""

    def __init__(self, *args):
        self.p = subprocess.Popen([GOPEER, "serve", *args], stdout=subprocess.PIPE, text=True)
        self.port = int(self.p.stdout.readline().split()[1])
        self.accept_us = self.sent_us = None
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        for line in self.p.stdout:
            w = line.split()
            if w[0] == "ACCEPT":
                self.accept_us = int(w[1])
            elif w[0] == "SENT":
                self.sent_us = self.sent_us or int(w[1])
            else:
                print("server:", line.strip(), file=sys.stderr)

    def stop(self):
        if self.p.poll() is None:
            self.p.kill()
        self.p.wait()


def tree(pid):
    """pid and all its descendants."""
    kids = {}
    for d in os.listdir("/proc"):
        if d.isdigit():
            try:
                with open(f"/proc/{d}/stat") as f:
                    kids.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(d))
            except OSError:
                pass
    todo, out = [pid], []
    while todo:
        p = todo.pop()
        out.append(p)
        todo += kids.get(p, [])
    return out


def usage(pid):
    """Resident MB and CPU seconds of a process and its descendants, children they have waited for included."""
    pages = ticks = 0
    for p in tree(pid):
        try:
            with open(f"/proc/{p}/stat") as f:
                w = f.read().rsplit(")", 1)[1].split()
            pages += int(w[21])
            ticks += sum(map(int, w[11:15]))
        except OSError:
            pass
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, ticks / os.sysconf("SC_CLK_TCK")


def cpu_s():
    r = resource.getrusage(resource.RUSAGE_CHILDREN)
    return r.ru_utime + r.ru_stime


def drop(src, dst, per_s):
    """Moves the files into the watched directory by hard link, with a fresh modification time."""
    start = time.time()
    for i, name in enumerate(sorted(os.listdir(src))):
        if per_s:
            time.sleep(max(0, start + i / per_s - time.time()))
        os.utime(os.path.join(src, name))
        os.link(os.path.join(src, name), os.path.join(dst, name))


def main():
    if sys.argv[1:] == ["list"]:
        for w, peers in CELLS.items():
            print(w, peers)
        return
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    workload, peer = sys.argv[1:3]
    opt = dict(a.split("=", 1) for a in sys.argv[3:])
    given = dict(opt)
    limit = float(opt.pop("limit", 600))
    tmp = tempfile.mkdtemp(prefix=f"peer-{workload}-{peer}-", dir=os.environ.get("PEERS_TMP", BUILD))
    args, server, src = {"tmp": tmp}, None, None
    kafka = peer.startswith("kafka") or peer == "spark-rtm" or opt.get("kafka") == "1"
    broker = None

    if workload == "w1":
        mb = opt.pop("mb", "200")
        generate("text", mb)
        args["file"] = f"{DATA}/text-{mb}.txt"
    elif workload == "w2":
        mb = opt.pop("mb", "100")
        generate("text", mb)
        args["words"] = meta(f"{DATA}/text-{mb}.txt")["words"]
        server = Server(f"file={DATA}/text-{mb}.txt", "port=0")
    elif workload == "w3":
        n, files = opt.pop("events", "2000000"), opt.pop("files", "200")
        generate("events", n, files)
        src = f"{DATA}/events-{n}"
        args["expect"], args["dir"] = n, f"{tmp}/in"
        os.mkdir(f"{tmp}/in")
        if kafka:
            server = Server(f"file={DATA}/events-{n}.ndjson", "port=0")
    elif workload == "w5":
        rate, secs = opt.pop("rate", "20000"), opt.pop("secs", "40")
        n = max(100000, int(rate) * int(secs))
        generate("events", n, 200)
        args |= {"expect": int(rate) * int(secs), "limits": f"{DATA}/limits.json", "warmup": "10"}
        # Spark's receiver restarts when the server closes: keep it open until the result is out
        server = Server(f"file={DATA}/events-{n}.ndjson", "port=0", f"rate={rate}", f"secs={secs}",
                        f"hold={opt.pop('hold', '60' if peer == 'spark-dstreams' else '0')}")
    if server:
        args["port"] = server.port
    per_s = float(opt.pop("files_per_s", 0))
    if kafka:
        opt.pop("kafka", None)
        # a broker of its own, KRaft, one topic of two partitions; the feeder copies the line server's lines into it
        broker = subprocess.Popen(java("Kafka", "kafka") + ["broker", "-", f"tmp={tmp}/kafka"], stdout=subprocess.PIPE,
                                  stderr=open(f"{tmp}/broker.log", "w"), text=True, env={**os.environ})
        line = broker.stdout.readline().split()
        if not line or line[0] != "BROKER":
            sys.exit("run.py: broker did not start:\n" + open(f"{tmp}/broker.log").read()[-3000:])
        args["kafka"] = line[1]
    args |= opt

    load = [round(x, 2) for x in os.getloadavg()]
    env = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONDONTWRITEBYTECODE": "1", "PYSPARK_PYTHON": f"{BUILD}/sparkvenv/bin/python",
           # millrace's sources are TypeScript: compiled once, as the JVM's classes are
           "NODE_COMPILE_CACHE": f"{BUILD}/compile-cache"}
    t0, cpu0 = time.time(), cpu_s()
    err = open(f"{tmp}/stderr", "w+")
    p = subprocess.Popen(command(workload, peer) + [f"{k}={v}" for k, v in args.items()], stdout=subprocess.PIPE, stderr=err,
                         text=True, env=env, start_new_session=True, cwd=tmp)
    killer = threading.Timer(limit, lambda: os.killpg(p.pid, signal.SIGKILL))
    killer.start()

    def interrupted(*_):      # the peer has a session of its own: take it, the server and the broker along
        os.killpg(p.pid, signal.SIGKILL)
        for q in (server and server.p, broker):
            if q:
                q.kill()
        shutil.rmtree(tmp, ignore_errors=True)
        os._exit(130)

    signal.signal(signal.SIGTERM, interrupted), signal.signal(signal.SIGINT, interrupted)
    peak, stop = [0.0, 0.0], threading.Event()

    def watch():
        while not stop.wait(0.02 if time.time() - t0 < 1 else 0.2):
            peak[:] = map(max, peak, usage(p.pid))

    w = threading.Thread(target=watch)
    w.start()
    result, start_us, feeder = None, None, None
    for line in p.stdout:
        if line.startswith("READY"):
            if kafka:
                feeder = subprocess.Popen(java("Kafka", "kafka") + ["feed", "-", f"port={server.port}", f"kafka={args['kafka']}"], stderr=err)
            elif src:
                start_us = int(time.time() * 1e6)
                threading.Thread(target=drop, args=(src, args["dir"], per_s), daemon=True).start()
        elif line.startswith("RESULT "):
            result = json.loads(line[7:])
            break
        else:
            err.write(line)
    wall = time.time() - t0
    stop.set(), w.join(), killer.cancel()
    if p.poll() is None:      # the result is out; some engines are slow to stop
        try:
            p.wait(timeout=3)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
    cpu = max(peak[1], cpu_s() - cpu0)      # of the peer and its children; broker, feeder and line server are not in it
    for q in (feeder, broker):
        if q:
            q.kill(), q.wait()
    if server:
        start_us = server.accept_us
        server.stop()
    err.seek(0)
    messages = err.read()
    if len(messages) > 6000:
        messages = messages[:3000] + "\n...\n" + messages[-3000:]
    shutil.rmtree(tmp, ignore_errors=True)
    if result is None:
        print(messages, file=sys.stderr)
        print(json.dumps({"workload": workload, "peer": peer, "error": f"no result (exit {p.returncode})", "wall_s": round(wall, 2)}))
        sys.exit(1)
    if os.environ.get("PEERS_VERBOSE"):
        print(messages, file=sys.stderr)
    start_us = result.pop("start_us", None) or start_us
    end_us, records, check = result.pop("end_us"), result.pop("records"), result.pop("check")
    secs = (end_us - start_us) / 1e6
    out = {"workload": workload, "peer": peer, "records": records, "seconds": round(secs, 3), "records_per_s": round(records / secs),
           "p50_ms": result.pop("p50_ms", None), "p99_ms": result.pop("p99_ms", None), "rss_mb": round(peak[0]), "check": check,
           "wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "load": load, "options": given, **result}
    print(json.dumps(out))


main()

#!/usr/bin/env bash
# Fetches the peer engines from the package registries and builds the jobs: all of them, or with
# PEERS_ENGINES="spark ..." only those named, of: spark sparkkafka flink kafka storm bytewax duckdb.
# Idempotent. Needs: JDK 17+, Maven (not for spark alone), Node >= 20.15, Go, Python 3.11 (python3.11 on PATH).
# Re-use an existing pyspark 4.3.0 venv with PEERS_SPARK_VENV=/path (else one is made).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
BUILD=${PEERS_BUILD:-$PWD/build}
mkdir -p "$BUILD"
[ "$BUILD" = "$PWD/build" ] || ln -sfn "$BUILD" build
PY=${PEERS_PYTHON:-python3.11}
engines=${PEERS_ENGINES:-spark sparkkafka flink kafka storm bytewax duckdb}

wanted() { case " $engines " in *" $1 "*) ;; *) return 1 ;; esac; }
for e in $engines; do
  case $e in
    spark|sparkkafka|flink|kafka|storm|bytewax|duckdb) ;;
    *) echo "setup: no such engine: $e" >&2; exit 2 ;;
  esac
done

pip() { # pip VENV PACKAGE   into a venv of its own, made when missing
  [ -e "build/$1" ] || $PY -m venv "build/$1"
  "build/$1/bin/python" -m pip install -q --disable-pip-version-check "$2"
}
if wanted bytewax; then pip venv bytewax==0.21.1; fi
if wanted duckdb; then pip venv duckdb==2.0.0; fi
if wanted spark; then
  if [ -n "${PEERS_SPARK_VENV:-}" ]; then ln -sfn "$PEERS_SPARK_VENV" build/sparkvenv; else pip sparkvenv pyspark==4.3.0; fi
  ln -sfn "$(build/sparkvenv/bin/python -c 'import pyspark,os;print(os.path.dirname(pyspark.__file__))')/jars" build/spark-jars
fi

for p in sparkkafka flink kafka storm; do
  if ! wanted $p || [ -e build/$p-jars/.done ]; then continue; fi
  mvn -B -q -ntp -f java/pom.xml -P$p org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
      -DoutputDirectory="$PWD/build/$p-jars" -DincludeScope=runtime
  touch build/$p-jars/.done
done

compile() { # compile NAME JARS
  wanted "$2" || return 0
  echo "compiling $1"
  rm -rf "build/$1-classes"; mkdir -p "build/$1-classes"
  javac -nowarn -Xlint:none -g -proc:none -cp "build/$2-jars/*" -d "build/$1-classes" java/Common.java "java/$1Peer.java" 2> >(grep -v '^Note:' >&2)
}
compile Spark spark      # names the Kafka source by a string only: sparkkafka is needed to run it, not to compile
compile Flink flink
compile Kafka kafka
compile Storm storm
(cd go && CGO_ENABLED=0 go build -o ../build/gopeer .)
echo "setup: done"

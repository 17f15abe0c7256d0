#!/usr/bin/env bash
# Runs many cells, RUNS times each, and appends their JSON lines to a file:
#   [RUNS=3] bench/peers/all.sh OUT.ndjson [WORKLOAD...]      default: all workloads
# Sizes are those of the table in README.md; slow cells get fewer batches (they say so in `options`).
cd "$(dirname "$(readlink -f "$0")")"
out=$1; shift
want=${*:-w1 w2 w3 w4 w5 w6}
cell() {
  case " $want " in *" $1 "*) ;; *) return ;; esac
  for _ in $(seq "${RUNS:-1}"); do ./run.sh "$@" 2>>"$out.err" | tee -a "$out"; done
}
cell w1 go
cell w1 node
cell w1 duckdb
cell w1 millrace reps=3
cell w1 spark-sql reps=3
cell w1 spark-rdd reps=3
cell w1 pyspark-rdd
cell w1 flink
cell w2 go
cell w2 node
cell w2 flink
cell w2 spark-dstreams
cell w2 spark-dstreams master='local[3]'
cell w2 spark-dstreams state=mapwith
cell w2 storm
cell w2 bytewax
cell w2 spark-ss kafka=1
cell w2 spark-ss mb=2
cell w3 go
cell w3 node
cell w3 flink
cell w3 spark-dstreams
cell w3 spark-ss
cell w3 bytewax
cell w3 kafka-streams
cell w4 go
cell w4 node
cell w4 spark-dstreams
cell w4 flink-sql
cell w4 flink batches=10
cell w4 spark-ss batches=20
cell w4 node batches=10
cell w4 node batches=20
cell w5 go
cell w5 node
cell w5 flink
cell w5 spark-dstreams interval=200
cell w5 spark-dstreams interval=500
cell w5 spark-dstreams interval=200 rate=5000
cell w5 spark-dstreams interval=200 master='local[3]'
cell w5 spark-ss kafka=1
cell w5 spark-ss kafka=1 rate=5000
cell w5 spark-rtm master='local[5]'
cell w5 spark-rtm master='local[5]' rate=5000
cell w5 kafka-streams
cell w5 storm
cell w5 bytewax
cell w6 millrace batches=100
cell w6 spark-dstreams batches=100
cell w6 spark-dstreams batches=100 checkpoint=0
cell w6 spark-dstreams batches=100 shape=stateful intervals=200,200,100,50
cell w6 spark-ss batches=100

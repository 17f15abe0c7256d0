import static org.apache.spark.sql.functions.*;

import java.io.Serializable;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.*;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.FlatMapGroupsWithStateFunction;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.*;
import org.apache.spark.sql.streaming.*;
import org.apache.spark.sql.types.*;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.*;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.api.java.*;
import org.apache.spark.streaming.scheduler.*;
import scala.Tuple2;
import scala.Tuple4;

/** Spark jobs: SparkPeer WORKLOAD PEER key=value…; peers are spark-rdd, spark-sql, spark-dstreams, spark-ss, spark-rtm. */
public class SparkPeer {
  static String tmp;

  public static void main(String[] a) throws Exception {
    Common.parse(a, 2);
    tmp = Common.str("tmp", "/tmp");
    switch (a[0] + " " + a[1]) {
      case "w1 spark-rdd" -> w1rdd();
      case "w1 spark-sql" -> w1sql();
      case "w2 spark-dstreams" -> w2dstreams();
      case "w2 spark-ss" -> w2ss();
      case "w3 spark-dstreams" -> w3dstreams();
      case "w3 spark-ss" -> w3ss();
      case "w4 spark-dstreams" -> w4dstreams();
      case "w4 spark-ss" -> w4ss();
      case "w5 spark-dstreams" -> w5dstreams();
      case "w5 spark-ss" -> w5ss(false);
      case "w5 spark-rtm" -> w5ss(true);
      case "w6 spark-dstreams" -> w6dstreams();
      case "w6 spark-ss" -> w6ss();
      default -> { System.err.println("SparkPeer: no such cell: " + a[0] + " " + a[1]); System.exit(2); }
    }
    Runtime.getRuntime().halt(0);   // the numbers are out; do not wait for a slow orderly stop
  }

  static SparkConf conf() {
    return new SparkConf().setAppName("peer").setMaster(Common.str("master", "local[2]"))
        .set("spark.ui.enabled", "false").set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1")
        .set("spark.local.dir", tmp).set("spark.default.parallelism", "2").set("spark.sql.shuffle.partitions", "2")
        .set("spark.sql.streaming.metricsEnabled", "false")
        .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer");   // as the tuning guide recommends
  }
  static SparkSession session() { return SparkSession.builder().config(conf()).getOrCreate(); }

  // ---------------------------------------------------------------- W1 batch word count

  static void w1rdd() {
    JavaSparkContext sc = new JavaSparkContext(conf());
    List<Double> times = new ArrayList<>();
    Common.CountCheck c = null; long start = 0, end = 0;
    for (int r = 0; r < Common.num("reps", 1); r++) {
      long t0 = Common.nowUs();
      c = new Common.CountCheck();
      for (Tuple2<String, Integer> t : sc.textFile(Common.str("file", null))
          .flatMap(l -> Arrays.asList(l.split(" ")).iterator()).mapToPair(w -> new Tuple2<>(w, 1)).reduceByKey(Integer::sum).collect())
        c.add(t._1, t._2);
      long t1 = Common.nowUs();
      if (r == 0) { start = t0; end = t1; }
      times.add((t1 - t0) / 1e6);
    }
    Common.result(c.total, start, end, c, "rep_s", times);
  }

  static void w1sql() {
    SparkSession spark = session();
    List<Double> times = new ArrayList<>();
    Common.CountCheck c = null; long start = 0, end = 0;
    for (int r = 0; r < Common.num("reps", 1); r++) {
      long t0 = Common.nowUs();
      c = new Common.CountCheck();
      for (Row row : spark.read().text(Common.str("file", null)).select(explode(split(col("value"), " ")).as("word"))
          .groupBy("word").count().collectAsList())
        c.add(row.getString(0), row.getLong(1));
      long t1 = Common.nowUs();
      if (r == 0) { start = t0; end = t1; }
      times.add((t1 - t0) / 1e6);
    }
    Common.result(c.total, start, end, c, "rep_s", times);
  }

  // ------------------------------------------------------------------ DStream helpers

  /** Records processing and scheduling delay of every completed batch. */
  static class Batches implements StreamingListener, Serializable {
    final List<Long> processing = Collections.synchronizedList(new ArrayList<>()), scheduling = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger completed = new AtomicInteger();
    @Override public void onBatchCompleted(StreamingListenerBatchCompleted b) {
      processing.add((Long) b.batchInfo().processingDelay().get());
      scheduling.add((Long) b.batchInfo().schedulingDelay().get());
      completed.incrementAndGet();
    }
    @Override public void onStreamingStarted(StreamingListenerStreamingStarted e) {}
    @Override public void onReceiverStarted(StreamingListenerReceiverStarted e) {}
    @Override public void onReceiverError(StreamingListenerReceiverError e) {}
    @Override public void onReceiverStopped(StreamingListenerReceiverStopped e) {}
    @Override public void onBatchSubmitted(StreamingListenerBatchSubmitted e) {}
    @Override public void onBatchStarted(StreamingListenerBatchStarted e) {}
    @Override public void onOutputOperationStarted(StreamingListenerOutputOperationStarted e) {}
    @Override public void onOutputOperationCompleted(StreamingListenerOutputOperationCompleted e) {}
  }
  static Batches listen(JavaStreamingContext ssc) { Batches b = new Batches(); ssc.ssc().addStreamingListener(b); return b; }

  static JavaStreamingContext streaming(SparkConf conf, long intervalMs) {
    JavaStreamingContext ssc = new JavaStreamingContext(conf, Durations.milliseconds(intervalMs));
    ssc.checkpoint(tmp + "/checkpoint");
    return ssc;
  }

  static final CountDownLatch done = new CountDownLatch(1);

  // ------------------------------------------------------ W2 running word count from TCP

  static void w2dstreams() throws Exception {
    JavaStreamingContext ssc = streaming(conf(), Common.num("interval", 1000));
    Batches batches = listen(ssc);
    long expect = Common.num("words", 0);
    JavaPairDStream<String, Integer> pairs = ssc.socketTextStream("127.0.0.1", Common.num("port", 0), StorageLevel.MEMORY_AND_DISK_SER())
        .flatMap(l -> Arrays.asList(l.split(" ")).iterator()).mapToPair(w -> new Tuple2<>(w, 1));
    JavaPairDStream<String, Integer> counts;
    if (Common.str("state", "update").equals("update"))
      counts = pairs.reduceByKey(Integer::sum).updateStateByKey((List<Integer> vs, Optional<Integer> s) -> {
        int n = s.orElse(0);
        for (int v : vs) n += v;
        return Optional.of(n);
      });
    else
      counts = pairs.reduceByKey(Integer::sum).mapWithState(StateSpec.function((String w, Optional<Integer> v, State<Integer> s) -> {
        s.update((s.exists() ? s.get() : 0) + v.orElse(0));
        return 0;
      })).stateSnapshots();
    counts.foreachRDD(rdd -> {
      Common.CountCheck c = rdd.aggregate(new Common.CountCheck(), (acc, t) -> acc.add(t._1, t._2), Common.CountCheck::merge);
      if (c.total >= expect && done.getCount() > 0) {
        long end = Common.nowUs();
        Common.result(c.total, 0, end, c, "batches", batches.completed.get() + 1);
        done.countDown();
      }
    });
    ssc.start();
    done.await();
  }

  /** The lines of the TCP server, or of the Kafka topic that the feeder copies them to. */
  static Dataset<Row> lines(SparkSession spark) {
    return Common.opt.containsKey("kafka")
        ? spark.readStream().format("kafka").option("kafka.bootstrap.servers", Common.str("kafka", null)).option("subscribe", "events")
            .option("startingOffsets", "earliest").load().selectExpr("CAST(value AS STRING) AS value")
        : spark.readStream().format("socket").option("host", "127.0.0.1").option("port", Common.num("port", 0)).load();
  }

  static final String CHECKSUM = "struct(count(1) as keys, sum(count) as total, sum((crc32(encode(word, 'UTF-8')) & 1048575) * count) as chk)";

  static void w2ss() throws Exception {
    // The socket source slows down more than linearly with the lines of a batch; splits=N gives it N input partitions
    // (it takes the default parallelism), an experiment that did not help.
    SparkSession spark = SparkSession.builder().config(conf().set("spark.default.parallelism", Common.str("splits", "2"))).getOrCreate();
    long expect = Common.num("words", 0);
    AtomicInteger batches = new AtomicInteger();
    Dataset<Row> counts = lines(spark).select(explode(split(col("value"), " ")).as("word")).groupBy("word").count();
    counts.writeStream().outputMode("complete").option("checkpointLocation", tmp + "/checkpoint")
        .trigger(Trigger.ProcessingTime(Common.num("interval", 1000)))
        .foreachBatch((Dataset<Row> df, Long id) -> {
          batches.incrementAndGet();
          Row r = df.agg(expr(CHECKSUM)).head().getStruct(0);
          if (!r.isNullAt(1) && r.getLong(1) >= expect && done.getCount() > 0) {
            long end = Common.nowUs();
            Common.result(r.getLong(1), 0, end, r.getLong(0) + ":" + r.getLong(1) + ":" + r.getLong(2), "batches", batches.get());
            done.countDown();
          }
        }).start();
    Common.ready();
    done.await();
  }

  // --------------------------------------- W3 files of JSON lines, statistics per plane

  static void w3dstreams() throws Exception {
    JavaStreamingContext ssc = streaming(conf(), Common.num("interval", 1000));
    Batches batches = listen(ssc);
    long expect = Common.num("expect", 0);
    ssc.textFileStream(Common.str("dir", null))
        .mapToPair(l -> { Common.Event e = Common.event(l); return new Tuple2<>(e.plane, e.temp); })
        .combineByKey(Common.Stats::new, Common.Stats::add, Common.Stats::merge, new org.apache.spark.HashPartitioner(2))
        .updateStateByKey((List<Common.Stats> vs, Optional<Common.Stats> s) -> {
          if (vs.isEmpty()) return s;
          Common.Stats n = s.isPresent() ? s.get().copy() : new Common.Stats();
          for (Common.Stats v : vs) n.merge(v);
          return Optional.of(n);
        })
        .foreachRDD(rdd -> {
          Common.StatsCheck c = rdd.aggregate(new Common.StatsCheck(), (acc, t) -> acc.add(t._1, t._2), Common.StatsCheck::merge);
          if (c.n >= expect && done.getCount() > 0) {
            long end = Common.nowUs();
            Common.result(c.n, 0, end, c, "batches", batches.completed.get() + 1);
            done.countDown();
          }
        });
    ssc.start();
    Thread.sleep(1500);
    Common.ready();
    done.await();
  }

  static final StructType EVENT = new StructType().add("plane", "string").add("part", "string").add("t", "long").add("temp", "double")
      .add("lat", "double").add("lon", "double").add("seq", "long");

  static void w3ss() throws Exception {
    SparkSession spark = session();
    long expect = Common.num("expect", 0);
    AtomicInteger batches = new AtomicInteger();
    spark.readStream().schema(EVENT).json(Common.str("dir", null))
        .groupBy("plane").agg(count(lit(1)).as("n"), sum("temp").as("s"), min("temp").as("lo"), max("temp").as("hi"))
        .writeStream().outputMode("complete").option("checkpointLocation", tmp + "/checkpoint")
        .trigger(Trigger.ProcessingTime(Common.num("interval", 1000)))
        .foreachBatch((Dataset<Row> df, Long id) -> {
          batches.incrementAndGet();
          Common.StatsCheck c = new Common.StatsCheck();
          for (Row r : df.collectAsList()) {
            Common.Stats s = new Common.Stats();
            s.n = r.getLong(1); s.sum = r.getDouble(2); s.min = r.getDouble(3); s.max = r.getDouble(4);
            c.add(r.getString(0), s);
          }
          if (c.n >= expect && done.getCount() > 0) {
            long end = Common.nowUs();
            Common.result(c.n, 0, end, c, "batches", batches.get());
            done.countDown();
          }
        }).start();
    Thread.sleep(3000);
    Common.ready();
    done.await();
  }

  // ------------------------------- W4 sliding window of 60 batches, sliding by 1 batch

  static void w4dstreams() throws Exception {
    int n = Common.num("batches", 200), size = Common.num("size", 50000), win = Common.num("window", 60), interval = Common.num("interval", 100);
    JavaStreamingContext ssc = streaming(conf(), interval);
    Batches batches = listen(ssc);
    List<JavaPairRDD<String, Tuple2<Integer, Long>>> tmpl = new ArrayList<>();
    for (int b = 0; b < 10; b++) {
      List<Tuple2<String, Tuple2<Integer, Long>>> recs = new ArrayList<>(size);
      for (int i = b * size; i < (b + 1) * size; i++) recs.add(new Tuple2<>(Common.w4plane(i), new Tuple2<>(1, Common.w4value(i))));
      JavaPairRDD<String, Tuple2<Integer, Long>> rdd = ssc.sparkContext().parallelizePairs(recs, 2).cache();
      rdd.count();
      tmpl.add(rdd);
    }
    Queue<JavaRDD<Tuple2<String, Tuple2<Integer, Long>>>> queue = new LinkedList<>();
    for (int b = 0; b < n; b++) queue.add(JavaRDD.fromRDD(tmpl.get(b % 10).rdd(), tmpl.get(b % 10).classTag()));
    AtomicInteger outs = new AtomicInteger();
    ssc.queueStream(queue, true).mapToPair(t -> t)
        .reduceByKeyAndWindow((x, y) -> new Tuple2<>(x._1 + y._1, x._2 + y._2), (x, y) -> new Tuple2<>(x._1 - y._1, x._2 - y._2),
            Durations.milliseconds((long) win * interval), Durations.milliseconds(interval), 2, t -> t._2._1 > 0)
        .foreachRDD(rdd -> {
          Common.WindowCheck c = rdd.aggregate(new Common.WindowCheck(), (acc, t) -> acc.add(t._1, t._2._1, t._2._2), Common.WindowCheck::merge);
          if (outs.incrementAndGet() == n) Common.opt.put("check", c.toString());
        });
    long start = Common.nowUs();
    ssc.start();
    while (batches.completed.get() < n) Thread.sleep(20);
    List<Long> ps = new ArrayList<>(batches.processing.subList(0, n));
    double sum = ps.stream().mapToLong(x -> x).sum() / 1000.0;
    List<Long> full = ps.subList(Math.min(win, n / 2), n);      // batches with a full window
    Common.result((long) n * size, start, start + (long) (sum * 1e6), Common.str("check", "?"), "p50_ms", Common.quantile(full, .5),
        "p99_ms", Common.quantile(full, .99), "wall_stream_s", (Common.nowUs() - start) / 1e6);
  }

  public static class Reading implements Serializable {
    private String plane; private java.sql.Timestamp at; private long value;
    public String getPlane() { return plane; } public void setPlane(String p) { plane = p; }
    public java.sql.Timestamp getAt() { return at; } public void setAt(java.sql.Timestamp t) { at = t; }
    public long getValue() { return value; } public void setValue(long v) { value = v; }
  }

  /** Batch b carries event time b s; windows of `window` s sliding by 1 s, fed batch by batch through MemoryStream. */
  static void w4ss() throws Exception {
    int n = Common.num("batches", 200), size = Common.num("size", 50000), win = Common.num("window", 60);
    SparkSession spark = session();
    var in = new org.apache.spark.sql.execution.streaming.runtime.MemoryStream<Reading>(0, spark, scala.Option.apply(2), Encoders.bean(Reading.class));
    Common.WindowCheck c = new Common.WindowCheck();
    String last = "timestamp_seconds(" + n + ")";
    StreamingQuery q = in.toDF().groupBy(col("plane"), window(col("at"), win + " seconds", "1 second")).agg(count(lit(1)).as("n"), sum("value").as("s"))
        .writeStream().outputMode("update").option("checkpointLocation", tmp + "/checkpoint")
        .foreachBatch((Dataset<Row> df, Long id) -> {
          if (id < n - 1) df.write().format("noop").mode("overwrite").save();
          else for (Row r : df.where("window.end = " + last).select("plane", "n", "s").collectAsList()) c.add(r.getString(0), r.getLong(1), r.getLong(2));
        }).start();
    List<Double> times = new ArrayList<>();
    long start = Common.nowUs(); double total = 0;
    for (int b = 0; b < n; b++) {
      List<Reading> recs = new ArrayList<>(size);
      int from = (b % 10) * size;
      for (int i = from; i < from + size; i++) {
        Reading r = new Reading();
        r.plane = Common.w4plane(i); r.at = new java.sql.Timestamp(b * 1000L); r.value = Common.w4value(i);
        recs.add(r);
      }
      in.addData(scala.jdk.javaapi.CollectionConverters.asScala(recs));
      long t0 = System.nanoTime();
      q.processAllAvailable();
      times.add((System.nanoTime() - t0) / 1e6);
      total += times.get(b) / 1000;
    }
    List<Double> full = times.subList(Math.min(win, n / 2), n);
    Common.result((long) n * size, start, start + (long) (total * 1e6), c, "p50_ms", Common.quantile(full, .5), "p99_ms", Common.quantile(full, .99));
  }

  // ----------------------------------------------------------------------- W5 latency

  static void w5dstreams() throws Exception {
    int interval = Common.num("interval", 100);
    JavaStreamingContext ssc = streaming(conf().set("spark.streaming.blockInterval", Common.str("block", "" + Math.min(200, interval / 2)) + "ms"), interval);
    Batches batches = listen(ssc);
    Broadcast<HashMap<String, Double>> limits = ssc.sparkContext().broadcast(Common.limits());
    var flagged = ssc.socketTextStream("127.0.0.1", Common.num("port", 0), StorageLevel.MEMORY_AND_DISK_SER())
        .mapToPair(l -> { Common.Event e = Common.event(l); return new Tuple2<>(e.key(), e); })
        .groupByKey(2)
        .mapWithState(StateSpec.function((String key, Optional<Iterable<Common.Event>> es, State<Common.Mean> state) -> {
          List<Common.Event> list = new ArrayList<>();
          es.get().forEach(list::add);
          list.sort(Comparator.comparingLong(e -> e.seq));
          Common.Mean m = state.exists() ? state.get() : new Common.Mean();
          List<Common.Flagged> out = new ArrayList<>(list.size());
          for (Common.Event e : list) out.add(new Common.Flagged(e, m.flag(e.temp), e.temp > limits.value().get(e.plane)));
          state.update(m);
          return out;
        }).numPartitions(2));
    if (Common.opt.containsKey("checkpoint")) flagged.checkpoint(Durations.milliseconds(Common.num("checkpoint", 0)));   // default: 10 batches
    flagged.foreachRDD(rdd -> rdd.foreach(list -> list.forEach(Common.Sink::emit)));
    ssc.start();
    Common.Sink.await(Common.num("expect", 0));
    System.err.println("batches " + batches.completed + " processing p50 " + Common.quantile(batches.processing, .5) + " p99 "
        + Common.quantile(batches.processing, .99) + " ms, scheduling p50 " + Common.quantile(batches.scheduling, .5) + " ms");
  }

  /** Structured Streaming: micro-batches as fast as they go, or (rtm) real-time mode, which has no socket source: from Kafka. */
  static void w5ss(boolean rtm) throws Exception {
    SparkSession spark = SparkSession.builder().config(conf()
        .set("spark.sql.streaming.stateStore.providerClass", "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider")
        .set("spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled", "true")
        .set("spark.sql.streaming.stateStore.checkpointFormatVersion", "2")).getOrCreate();
    Broadcast<HashMap<String, Double>> limits = new JavaSparkContext(spark.sparkContext()).broadcast(Common.limits());
    var grouped = lines(spark).select(from_json(col("value"), EVENT.add("ts", "long")).as("e")).select("e.*")
        .groupByKey((MapFunction<Row, String>) r -> r.getString(0) + "|" + r.getString(1), Encoders.STRING());
    Dataset<Tuple4<Long, Long, Boolean, Boolean>> out = Common.str("op", rtm ? "tws" : "fmgws").equals("tws")
        ? grouped.transformWithState(new MeanProcessor(limits), TimeMode.None(), OutputMode.Update(), FLAGGED)
        : grouped.flatMapGroupsWithState((FlatMapGroupsWithStateFunction<String, Row, Tuple2<Long, Double>, Tuple4<Long, Long, Boolean, Boolean>>)
            (key, es, state) -> {
              Common.Mean m = mean(state.exists() ? state.get() : null);
              var r = flags(es, m, limits.value());
              state.update(new Tuple2<>(m.n, m.sum));
              return r.iterator();
            }, OutputMode.Update(), MEAN, FLAGGED, GroupStateTimeout.NoTimeout());
    StreamingQuery q = out.writeStream().outputMode("update").option("checkpointLocation", tmp + "/checkpoint")
        .trigger(rtm ? Trigger.RealTime(Common.num("rtbatch", 5000)) : Trigger.ProcessingTime(Common.num("interval", 0)))
        .foreach(new ForeachWriter<Tuple4<Long, Long, Boolean, Boolean>>() {
          @Override public boolean open(long partition, long epoch) { return true; }
          @Override public void process(Tuple4<Long, Long, Boolean, Boolean> t) {
            Common.Flagged f = new Common.Flagged();
            f.seq = t._1(); f.ts = t._2(); f.flagged = t._3(); f.over = t._4();
            Common.Sink.emit(f);
          }
          @Override public void close(Throwable t) {}
        }).start();
    new Thread(() -> {
      try { q.awaitTermination(); } catch (Throwable t) { System.err.println(t); Runtime.getRuntime().halt(3); }
    }).start();
    Common.ready();
    Common.Sink.await(Common.num("expect", 0));
    for (StreamingQueryProgress p : Arrays.copyOfRange(q.recentProgress(), Math.max(0, q.recentProgress().length - 3), q.recentProgress().length))
      System.err.println("batch " + p.batchId() + " rows " + p.numInputRows() + " " + p.durationMs());
  }

  static final Encoder<Tuple2<Long, Double>> MEAN = Encoders.tuple(Encoders.LONG(), Encoders.DOUBLE());
  static final Encoder<Tuple4<Long, Long, Boolean, Boolean>> FLAGGED =
      Encoders.tuple(Encoders.LONG(), Encoders.LONG(), Encoders.BOOLEAN(), Encoders.BOOLEAN());

  static Common.Mean mean(Tuple2<Long, Double> t) {
    Common.Mean m = new Common.Mean();
    if (t != null) { m.n = t._1; m.sum = t._2; }
    return m;
  }

  /** (seq, ts, flagged, over) of one key's new readings, in their order; m is brought up to date. */
  static List<Tuple4<Long, Long, Boolean, Boolean>> flags(Iterator<Row> es, Common.Mean m, Map<String, Double> limits) {
    List<Row> list = new ArrayList<>();
    es.forEachRemaining(list::add);
    list.sort(Comparator.comparingLong(e -> e.getLong(6)));
    List<Tuple4<Long, Long, Boolean, Boolean>> r = new ArrayList<>(list.size());
    for (Row e : list) r.add(new Tuple4<>(e.getLong(6), e.getLong(7), m.flag(e.getDouble(3)), e.getDouble(3) > limits.get(e.getString(0))));
    return r;
  }

  /** The same flagging as a transformWithState processor. */
  static class MeanProcessor extends StatefulProcessor<String, Row, Tuple4<Long, Long, Boolean, Boolean>> {
    final Broadcast<HashMap<String, Double>> limits;
    private transient ValueState<Tuple2<Long, Double>> state;
    MeanProcessor(Broadcast<HashMap<String, Double>> limits) { this.limits = limits; }
    @Override public void init(OutputMode o, TimeMode t) { state = getHandle().getValueState("mean", MEAN, TTLConfig.NONE()); }
    @Override public scala.collection.Iterator<Tuple4<Long, Long, Boolean, Boolean>> handleInputRows(String key, scala.collection.Iterator<Row> es, TimerValues t) {
      Common.Mean m = mean(state.exists() ? state.get() : null);
      var r = flags(scala.jdk.javaapi.CollectionConverters.asJava(es), m, limits.value());
      state.update(new Tuple2<>(m.n, m.sum));
      return scala.jdk.javaapi.CollectionConverters.asScala(r.iterator());
    }
  }

  // ------------------------------------------------- W6 overhead of an almost empty batch

  static void w6dstreams() throws Exception {
    JavaSparkContext sc = new JavaSparkContext(conf());
    int n = Common.num("batches", 200);
    String shape = Common.str("shape", "stateless");
    int best = -1; double bestP50 = 0, bestP99 = 0; List<String> table = new ArrayList<>();
    String check = "?"; long start = Common.nowUs();
    for (String iv : Common.str("intervals", "200,100,50,40,30,20,10,5").split(",")) {
      int interval = Integer.parseInt(iv);
      JavaStreamingContext ssc = new JavaStreamingContext(sc, Durations.milliseconds(interval));
      if (Common.num("checkpoint", 1) != 0) ssc.checkpoint(tmp + "/checkpoint-" + iv);
      Batches batches = listen(ssc);
      JavaRDD<String> one = sc.parallelize(List.of("a b c d e a b c d a"), 2);
      Queue<JavaRDD<String>> queue = new LinkedList<>(Collections.nCopies(n + 50, one));
      var counts = ssc.queueStream(queue, true).flatMap(l -> Arrays.asList(l.split(" ")).iterator()).mapToPair(w -> new Tuple2<>(w, 1)).reduceByKey(Integer::sum);
      if (shape.equals("stateful"))
        counts = counts.updateStateByKey((List<Integer> vs, Optional<Integer> s) -> Optional.of(vs.stream().mapToInt(x -> x).sum() + s.orElse(0)));
      AtomicReference<String> last = new AtomicReference<>();
      counts.foreachRDD(rdd -> { Common.CountCheck c = new Common.CountCheck(); for (var t : rdd.collect()) c.add(t._1, t._2); if (c.total > 0) last.set(c.toString()); });
      ssc.start();
      while (batches.completed.get() < n) Thread.sleep(20);
      ssc.stop(false, false);
      List<Long> p = new ArrayList<>(batches.processing.subList(n / 4, n)), s = new ArrayList<>(batches.scheduling.subList(n / 4, n));
      double p50 = Common.quantile(p, .5), p99 = Common.quantile(p, .99), lag = Common.quantile(s.subList(s.size() / 2, s.size()), .5);
      boolean ok = p50 < interval && lag <= interval;
      table.add(interval + "ms: p50 " + p50 + " p99 " + p99 + " lag " + lag + (ok ? " ok" : " falls behind"));
      if (shape.equals("stateless")) check = last.get();
      if (ok) { best = interval; bestP50 = p50; bestP99 = p99; }
    }
    Common.result(n, start, Common.nowUs(), check, "p50_ms", bestP50, "p99_ms", bestP99, "sustained_interval_ms", best, "table", table);
  }

  /** Structured Streaming: time of one micro-batch holding one line. */
  static void w6ss() throws Exception {
    SparkSession spark = session();
    int n = Common.num("batches", 200);
    var in = new org.apache.spark.sql.execution.streaming.runtime.MemoryStream<String>(0, spark, scala.Option.apply(2), Encoders.STRING());
    AtomicReference<String> last = new AtomicReference<>();
    StreamingQuery q = in.toDF().select(explode(split(col("value"), " ")).as("word")).groupBy("word").count()
        .writeStream().outputMode("complete").option("checkpointLocation", tmp + "/checkpoint")
        .foreachBatch((Dataset<Row> df, Long id) -> {
          Common.CountCheck c = new Common.CountCheck();
          for (Row r : df.collectAsList()) c.add(r.getString(0), r.getLong(1));
          last.set(c.toString());
        }).start();
    List<Double> times = new ArrayList<>();
    long start = Common.nowUs();
    for (int b = 0; b < n; b++) {
      long t0 = System.nanoTime();
      in.addData(scala.jdk.javaapi.CollectionConverters.asScala(List.of("a b c d e a b c d a")));
      q.processAllAvailable();
      times.add((System.nanoTime() - t0) / 1e6);
    }
    List<Double> warm = times.subList(n / 4, n);
    Common.result(n, start, Common.nowUs(), last.get(), "p50_ms", Common.quantile(warm, .5), "p99_ms", Common.quantile(warm, .99));
  }
}

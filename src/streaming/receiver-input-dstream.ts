import type { Time } from "../core/time.ts";
import { type InputBatch, type InputContext, InputDStream, type ReceivedBatches } from "./input-dstream.ts";
import type { RateController } from "./rate/rate-controller.ts";
import type { Receiver } from "./receiver/receiver.ts";

/**
 * An input of what a receiver stores (Spark's ReceiverInputDStream): extend it where a stream is to say itself which receiver it has, when it
 * starts, or with what name or rate controller. Otherwise `ssc.receiverStream(receiver)` is the shorter way. The streams of sockets are such.
 *
 * @example
 * ```ts
 * import { Receiver, ReceiverInputDStream, StreamingContext } from "millrace";
 *
 * class Hello extends Receiver<string> {
 *   onStart() {
 *     void this.store("hello");
 *   }
 *   onStop() {}
 * }
 *
 * class Greetings extends ReceiverInputDStream<string> {
 *   getReceiver() {
 *     return new Hello();
 *   }
 * }
 *
 * const ssc = new StreamingContext({ master: "local", batchDuration: "20 ms" });
 * const greeted = Promise.withResolvers<string>();
 * ssc.inputStream(new Greetings()).foreachRDD(async (rdd) => {
 *   for (const greeting of await rdd.take(1)) greeted.resolve(greeting);
 * });
 * await ssc.start();
 * console.log(await greeted.promise); // hello
 * await ssc.stop();
 * ```
 */
export abstract class ReceiverInputDStream<T> extends InputDStream<T> {
  #received: ReceivedBatches<T> | undefined;

  /** The receiver, which travels by value to where it will run. Called once, when the context starts. */
  abstract getReceiver(): Receiver<T>;

  /** In which thread the receiver lives: the one of all that share it, unless this is overridden ({@link ReceiverStreamOptions}). */
  get thread(): "shared" | "own" {
    return "shared";
  }

  /** Tells the receiver how many single records a second it may store. */
  override get rateController(): RateController | undefined {
    return this.#received?.rateController;
  }

  override start(context: InputContext): void | Promise<void> {
    this.#received = context.receive(this.getReceiver(), { thread: this.thread });
  }

  plan(time: Time): Promise<InputBatch<T>> {
    return this.#received!.plan(time);
  }
}

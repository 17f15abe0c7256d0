/** The demo at a moment of its day, for a picture: the same planes, alerts and weather whenever it is taken. */
import { type Demo, type DemoOptions, startDemo } from "./demo.ts";
import { FEED_START } from "./feed.ts";

export interface SceneOptions extends Partial<DemoOptions> {
  /** How many feed minutes after the feed's beginning the moment is. */
  readonly minutes: number;
}

/**
 * Plays the feed up to the moment, and stops the program there: the page stays as it is then. Four kinds of alerts are open
 * after 20 minutes of the usual seed, and one of the fifth has ended.
 *
 * @example
 * ```ts no-run
 * const scene = await startScene({ minutes: 20 });
 * // take the picture of scene.pageUrl
 * await scene.stop();
 * ```
 */
export async function startScene({ minutes, ...options }: SceneOptions): Promise<Demo> {
  const reached = Promise.withResolvers<void>();
  const usual = { speed: 60, planes: 200, seed: 1, connect: undefined, watch: undefined, pagePort: 0 };
  const demo = await startDemo(
    { ...usual, ...options },
    {
      alert: () => {},
      note: () => {},
      health: ({ feedTime }) => {
        if (feedTime >= FEED_START + minutes * 60_000) reached.resolve();
      },
    },
  );
  try {
    await Promise.race([reached.promise, demo.failed]);
    await demo.program.stop();
  } catch (error) {
    await demo.stop();
    throw error;
  }
  return demo;
}

/** The parts of the demo, put together: the feeder, the program, the page. What `npm start` runs, and the tests. */
import type { Options } from "./command-line.ts";
import { type FeederProcess, startFeeder } from "./feeder-process.ts";
import type { Source } from "./program.ts";
import { type Screen, severalScreens } from "./screen.ts";

export type DemoOptions = Omit<Options, "help">;

export interface Demo {
  readonly program: Awaited<ReturnType<typeof import("./program.ts").runAirliners>>;
  readonly feeder: FeederProcess | undefined;
  readonly source: Source;
  /** Where the map is, or undefined without one. */
  readonly pageUrl: string | undefined;
  /** Where millrace's own live page is, which comes a little later, or undefined without one. */
  readonly uiUrl: Promise<string | undefined>;
  /** Rejects when something has ended by itself. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

export async function startDemo(options: DemoOptions, screen: Screen): Promise<Demo> {
  const { speed, connect, watch, pagePort } = options;
  // The program and the page are loaded while the feeder starts.
  const [feeder, { runAirliners }, page] = await Promise.all([
    connect === undefined && watch === undefined ? startFeeder(options) : undefined,
    import("./program.ts"),
    pagePort === undefined
      ? undefined
      : startPage({ speed, port: pagePort }).catch((error: Error) => {
          screen.note(`there is no map: ${error.message}`); // the alerts come on the terminal all the same
        }),
  ]);
  const directory = watch === undefined ? undefined : { directory: watch };
  const source = connect ?? directory ?? { host: "127.0.0.1", port: feeder!.port };
  if (directory) page?.screen.note(`reading the files that appear in ${watch}`);
  const shown = page === undefined ? screen : severalScreens([screen, page.screen]);
  const program = await runAirliners({ ...source, speed, screen: shown });
  const uiUrl = Promise.resolve(program.uiWebUrl).catch(() => undefined);
  void uiUrl.then((url) => url && page?.screen.uiUrl(url));
  const failed = Promise.race([
    program.ended.then(() => Promise.reject(new Error("the stream ended by itself"))),
    feeder?.ended.then(() => new Promise<never>(() => {})) ?? new Promise<never>(() => {}),
  ]);
  failed.catch(() => {});
  return {
    program,
    feeder,
    source,
    pageUrl: page?.url,
    uiUrl,
    failed,
    stop: async () => {
      await program.stop();
      await Promise.all([page?.stop(), feeder?.stop().catch(() => {})]);
    },
  };
}

async function startPage({ speed, port }: { speed: number; port: number }) {
  const [{ PageModel }, { startPageServer }] = await Promise.all([
    import("./page/model.ts"),
    import("./page/server.ts"),
  ]);
  const model = new PageModel({ speed });
  return { screen: model, ...(await startPageServer({ model, port })) };
}

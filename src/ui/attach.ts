/**
 * Gives every context its live page. Contexts are of layers below this one and know nothing of it: this module, which the public
 * surface imports, makes it known to them. What it takes is loaded with the first context that has a page.
 */
import { lazyModule } from "../platform/own-modules.ts";
import { contextAttachments } from "../spark-context.ts";
import { streamingAttachments } from "../streaming/streaming-context.ts";

const livePage = lazyModule<typeof import("./live-page.ts")>(import.meta.url, "./live-page.ts");

contextAttachments.push((context) =>
  context.conf.value("spark.ui.enabled") ? livePage().attachLivePage(context) : undefined,
);
streamingAttachments.push((context) =>
  context.sparkContext.conf.value("spark.ui.enabled") ? livePage().showStreaming(context) : undefined,
);

// Functions that a test runs in the page. Each stands alone: only its text gets there. JavaScript, because the tests are
// checked without the types of a browser.

/** Why a test is skipped. */
export const NO_CHROMIUM = "SKIPPED: there is no Chromium on the path, and MILLRACE_CHROMIUM names none";

/** How much is painted on the live canvas, and a sum that differs when something else is. */
export function paintedDots() {
  const canvas = [...document.querySelectorAll("canvas")].at(-1);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [dots, sum] = [0, 0];
  for (let index = 3; index < data.length; index += 4) {
    if (data[index] === 0) continue;
    dots += 1;
    sum = (sum * 31 + index) % 1_000_003;
  }
  return { dots, sum };
}

/** Elements that the page has not made. */
export function foreignElements() {
  const found = document.querySelectorAll("img, iframe, object, embed, body script, [onerror], [onload]");
  return [...found].map((element) => element.outerHTML);
}

/** What has the focus. */
export function focusedName() {
  return document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent;
}

/** Frames a second over so many milliseconds. */
export function countFrames(ms) {
  return new Promise((resolve) => {
    let frames = 0;
    let start;
    const frame = (now) => {
      start ??= now;
      if (now - start >= ms) return resolve((1_000 * frames) / (now - start));
      frames += 1;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

/** What axe, which the page has been given, finds. */
export async function axeViolations() {
  const { violations } = await globalThis.axe.run();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

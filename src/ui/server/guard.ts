/**
 * Who may ask. What runs on this machine is shown to whoever asks from this machine, so everything rests on knowing that it is the
 * user's browser, at the user's wish:
 *
 * - **The Host** must be one of the page's own names. A page of another site whose name is made to point here (DNS
 *   rebinding) asks for that name.
 * - **The Origin**, where there is one, must be the page's own, and nothing but following a link may come from elsewhere
 *   (`Sec-Fetch-Site`): no page of another site reads anything, or learns that something is here.
 * - **The token**, where one is set, must be shown with everything.
 *
 * Only questions are answered: there is nothing to change.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { machineName } from "../../platform/machine.ts";
import { isLoopback, type UiSettings } from "../ui-settings.ts";
import { ApiFailure, isApi } from "./api-failure.ts";

/** Scripts, styles and fonts are files of this server, and nothing else is run, shown or reached. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
};

/** Says how browsers must treat each answer, also that to a request that is refused. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
};

/** Lets only those pass who may ask. */
export function guard(settings: UiSettings): MiddlewareHandler {
  const isOwnName = ownNames(settings);
  const secret = settings.token === undefined ? undefined : new Secret(settings.token);
  return async (c, next) => {
    const host = c.req.header("Host") ?? "";
    if (!isOwnName(nameOf(host))) {
      throw forbidden(
        `this is not ${host || "a host without a name"}; add the name to millrace.ui.allowedHosts if it should be`,
      );
    }
    if (!isOwnPage(c, host)) throw forbidden("this page answers no page of another site");
    if (c.req.method !== "GET" && c.req.method !== "HEAD") {
      c.header("Allow", "GET, HEAD");
      throw new ApiFailure(405, "METHOD_NOT_ALLOWED", "there is nothing to change here");
    }
    const answer = secret && (await secret.check(c));
    if (answer !== undefined) return answer;
    await next();
  };
}

function forbidden(message: string): ApiFailure {
  return new ApiFailure(403, "FORBIDDEN", message);
}

/**
 * Whether a name is one that the page is served under. On an address that other machines reach, any address is: rebinding takes a
 * name.
 */
function ownNames({ host, allowedHosts }: UiSettings): (name: string) => boolean {
  const names = new Set([...allowedHosts, host.toLowerCase()]);
  const isPublic = !isLoopback(host);
  if (isPublic) names.add(machineName().toLowerCase());
  return (name) => isLoopback(name) || names.has(name) || (isPublic && isAddress(name));
}

/** Without the port, in lower case. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
}

/** Whether the page's own scripts ask, or a user who follows a link or types, or no browser at all. */
function isOwnPage(c: Context, host: string): boolean {
  const origin = c.req.header("Origin");
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return false;
  const site = c.req.header("Sec-Fetch-Site");
  if (site === undefined || site === "same-origin" || site === "none") return true;
  return c.req.header("Sec-Fetch-Mode") === "navigate" && c.req.header("Sec-Fetch-Dest") === "document";
}

/**
 * The token. Programs send it as `Authorization: Bearer TOKEN` or `?token=TOKEN`. A browser is given the latter once, and gets a
 * cookie for it, since neither links nor server-sent events can send headers.
 */
class Secret {
  readonly #token: Buffer;
  readonly #cookie: string;

  constructor(token: string) {
    this.#token = digest(token);
    // Whoever finds the cookie has not found the token.
    this.#cookie = createHash("sha256").update("millrace live page\0").update(token).digest("base64url");
  }

  /** Undefined where the token was shown; a response where it is to be put away first. */
  async check(c: Context): Promise<Response | undefined> {
    const name = cookieName(c);
    const bearer = /^Bearer\s+(.+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
    if (bearer !== undefined && this.#isToken(bearer)) return undefined;
    const asked = c.req.query("token");
    if (asked !== undefined && this.#isToken(asked)) {
      if (isApi(c.req.path) || c.req.path === "/metrics") return undefined;
      setCookie(c, name, this.#cookie, { httpOnly: true, sameSite: "Strict", path: "/" });
      return c.redirect(withoutToken(c.req.url), 302);
    }
    const cookie = getCookie(c, name);
    if (cookie !== undefined && timingSafeEqual(digest(cookie), digest(this.#cookie))) return undefined;
    c.header("WWW-Authenticate", 'Bearer realm="millrace"');
    throw new ApiFailure(
      401,
      "UNAUTHORIZED",
      "this page needs its token, which millrace.ui.token says: add ?token=TOKEN to the address, or send Authorization: Bearer TOKEN",
    );
  }

  /** Takes the same time whatever is wrong with it. */
  #isToken(text: string): boolean {
    return timingSafeEqual(digest(text), this.#token);
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Cookies are shared by all ports of a host; two programs have two tokens. */
function cookieName(c: Context): string {
  return `millrace-${/:(\d+)$/.exec(c.req.header("Host") ?? "")?.[1] ?? "80"}`;
}

/** The path and the rest of the query: a redirect must not name a host. */
function withoutToken(url: string): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.delete("token");
  // Two slashes at the front would be another host.
  return pathname.replace(/^\/+/, "/") + (searchParams.size === 0 ? "" : `?${searchParams}`);
}

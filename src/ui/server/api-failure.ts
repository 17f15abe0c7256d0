import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ApiError } from "../api.ts";

/** A question that gets no answer, and what is said instead. */
export class ApiFailure extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;

  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function notFound(message: string): ApiFailure {
  return new ApiFailure(404, "NOT_FOUND", message);
}

export function badParameter(message: string): ApiFailure {
  return new ApiFailure(400, "BAD_PARAMETER", message);
}

/** Whether programs ask, which want JSON, or people do. */
export function isApi(path: string): boolean {
  return path === "/api" || path.startsWith("/api/");
}

/** The answer to a request that was refused or has failed. */
export function failureResponse(c: Context, { status, code, message }: ApiFailure): Response {
  return isApi(c.req.path)
    ? c.json({ status, code, message } satisfies ApiError, status)
    : c.text(`${message}\n`, status);
}

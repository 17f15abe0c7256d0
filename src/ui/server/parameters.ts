/** What paths and queries may say. */
import type { Context } from "hono";
import { badParameter } from "./api-failure.ts";

/** A number in a path, as `7` or `1700000000000`. */
export function idParameter(c: Context, name: string): number {
  const text = c.req.param(name) ?? "";
  if (!/^\d{1,15}$/.test(text)) throw badParameter(`"${text}" is no id: it is a whole number`);
  return Number(text);
}

/** The values of a query parameter that may be given again and again, or with commas between, in any case; undefined where it is not given. */
export function listParameter(c: Context, name: string, allowed: readonly string[]): readonly string[] | undefined {
  const given = c.req.queries(name)?.flatMap((text) => text.split(","));
  if (given === undefined) return undefined;
  return given.map((text) => {
    const found = allowed.find((one) => one.toLowerCase() === text.trim().toLowerCase());
    if (found === undefined) throw badParameter(`${name} cannot be "${text}": it is one of ${allowed.join(", ")}`);
    return found;
  });
}

/** A whole number in the query. */
export function wholeParameter(c: Context, name: string, standard: number): number {
  const text = c.req.query(name);
  if (text === undefined) return standard;
  if (!/^\d{1,9}$/.test(text)) throw badParameter(`${name} cannot be "${text}": it is a whole number`);
  return Number(text);
}

/** Quantiles in the query, from 0 to 1. */
export function quantilesParameter(c: Context): readonly number[] {
  const texts = (c.req.query("quantiles") ?? "0.05,0.25,0.5,0.75,0.95").split(",");
  return texts.map((text) => {
    const quantile = Number(text.trim() || "?");
    if (quantile >= 0 && quantile <= 1) return quantile;
    throw badParameter(`quantiles cannot be "${text}": they are numbers from 0 to 1, with commas between`);
  });
}

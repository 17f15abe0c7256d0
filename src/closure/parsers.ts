/** The parser and the scope analyser, loaded when the first function is captured: a program may never need them. */
import { createRequire } from "node:module";
import type * as Acorn from "acorn";
import type * as EslintScope from "eslint-scope";

const require = createRequire(import.meta.url);
let parser: typeof Acorn | undefined;
let analyser: typeof EslintScope | undefined;

export function acorn(): typeof Acorn {
  parser ??= require("acorn") as typeof Acorn;
  return parser;
}

export function eslintScope(): typeof EslintScope {
  analyser ??= require("eslint-scope") as typeof EslintScope;
  return analyser;
}

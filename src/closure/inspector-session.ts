/**
 * The in-process inspector: a debugger's view of live functions, asked and answered within one synchronous call.
 *
 * JavaScript hides what a function closes over; V8's inspector shows it. A session connected to its own thread answers
 * before `post` returns, which is what lets an operator such as `map` look at its function and stay synchronous.
 * Values pass between the two worlds through a mailbox, the global object of a vm context of our own, so that nothing
 * is put on the user's globalThis.
 */
import inspector, { type Debugger, type Runtime } from "node:inspector";
import vm from "node:vm";
import { MillraceError } from "../errors.ts";
import { allowed } from "../platform/permissions.ts";

interface Replies {
  "Runtime.evaluate": Runtime.EvaluateReturnType;
  "Runtime.getProperties": Runtime.GetPropertiesReturnType;
  "Runtime.callFunctionOn": Runtime.CallFunctionOnReturnType;
  "Runtime.enable": undefined;
  "Runtime.disable": undefined;
  "Runtime.releaseObjectGroup": undefined;
  "Runtime.terminateExecution": undefined;
  "Debugger.enable": Debugger.EnableReturnType;
  "Debugger.disable": undefined;
  "Debugger.getScriptSource": Debugger.GetScriptSourceReturnType;
  "Debugger.removeBreakpoint": undefined;
  "Debugger.setBreakpointOnFunctionCall": { readonly breakpointId: string };
}

interface Connection {
  readonly session: inspector.Session;
  readonly mailbox: { in?: unknown; out?: unknown };
  readonly contextId: number;
  /** The mailbox as the inspector names it. */
  readonly mailboxId: string;
}

/** Objects the inspector holds for one capture; {@link releaseHandles} lets them go. */
const CAPTURE = "millrace.capture";

/** Scripts that V8 announced while the debugger was on, by their id. */
export const announcedScripts = new Map<string, Debugger.ScriptParsedEventDataType>();

const MAILBOX_NAME = "millrace.mailbox";

let connection: Connection | undefined;

function connect(): Connection {
  const session = new inspector.Session();
  allowed("inspector", () => session.connect());
  let contextId: number | undefined;
  const noteContext = ({ params }: { params: Runtime.ExecutionContextCreatedEventDataType }) => {
    if (params.context.name === MAILBOX_NAME) contextId = params.context.id;
  };
  session.on("Runtime.executionContextCreated", noteContext);
  session.post("Runtime.enable");
  const mailbox = vm.createContext({}, { name: MAILBOX_NAME });
  session.post("Runtime.disable");
  session.off("Runtime.executionContextCreated", noteContext);
  session.on("Debugger.scriptParsed", ({ params }) => announcedScripts.set(params.scriptId, params));
  if (contextId === undefined) throw new MillraceError("INTERNAL", "the inspector did not announce the mailbox");
  const { result } = post(session, "Runtime.evaluate", { contextId, expression: "globalThis" });
  return { session, mailbox, contextId, mailboxId: result.objectId! };
}

function post<M extends keyof Replies>(session: inspector.Session, method: M, params: object): Replies[M] {
  let reply: Replies[M] | undefined;
  let failure: Error | null | undefined;
  session.post(method as string, params, (error, result) => {
    failure = error;
    reply = result as Replies[M];
  });
  if (failure === undefined) throw new MillraceError("INTERNAL", `the inspector did not answer ${method} at once`);
  if (failure) throw new InspectorRefusal(`${method}: ${failure.message}`);
  return reply!;
}

/** The inspector answered with an error. */
class InspectorRefusal extends Error {}

export function ask<M extends keyof Replies>(method: M, params: object): Replies[M] {
  connection ??= connect();
  return post(connection.session, method, params);
}

/** The inspector's name for a live value. Valid until {@link releaseHandles}. */
export function handleOf(value: unknown): string {
  return evaluate("this.in", value).objectId!;
}

/**
 * Calls a function that a breakpoint of ours will end. The call has to be the inspector's own, for terminating an
 * execution ends every frame up to the one that began it.
 */
export function callFromInspector(f: Function): void {
  try {
    evaluate("this.in()", f);
  } catch (error) {
    if (!(error instanceof InspectorRefusal && /terminated/.test(error.message))) throw error;
  }
}

/** Evaluates an expression over `this.in`, the value given. */
function evaluate(expression: string, value: unknown): Runtime.RemoteObject {
  connection ??= connect();
  const { mailbox, contextId, session } = connection;
  mailbox.in = value;
  const { result } = post(session, "Runtime.evaluate", { contextId, expression, objectGroup: CAPTURE, silent: true });
  mailbox.in = undefined;
  return result;
}

/** The live value behind a name of the inspector's. */
export function valueBehind(handle: string): unknown {
  connection ??= connect();
  const { mailbox, mailboxId, session } = connection;
  const params = { objectId: handle, functionDeclaration: DELIVER, arguments: [{ objectId: mailboxId }], silent: true };
  post(session, "Runtime.callFunctionOn", params);
  const value = mailbox.out;
  mailbox.out = undefined;
  return value;
}

const DELIVER = "function (mailbox) { mailbox.out = this; }";

/** The live value that a remote object stands for, primitives included. */
export function liveValue(remote: Runtime.RemoteObject): unknown {
  if (remote.objectId !== undefined) return valueBehind(remote.objectId);
  if (remote.unserializableValue === undefined) return remote.type === "undefined" ? undefined : remote.value;
  return remote.type === "bigint"
    ? BigInt(remote.unserializableValue.slice(0, -1))
    : Number(remote.unserializableValue);
}

export function releaseHandles(): void {
  if (connection) post(connection.session, "Runtime.releaseObjectGroup", { objectGroup: CAPTURE });
}

let debuggerIsOn = false;

/**
 * Turns the debugger on until the present synchronous stretch ends. Turning it on costs milliseconds, for V8 announces
 * every script, so captures that follow each other share it; left on, it would make every promise ten times dearer.
 */
export function enableDebugger(): void {
  if (debuggerIsOn) return;
  ask("Debugger.enable", {});
  debuggerIsOn = true;
  queueMicrotask(() => {
    debuggerIsOn = false;
    announcedScripts.clear();
    ask("Debugger.disable", {});
  });
}

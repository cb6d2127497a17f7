import type { Outcome } from "../cutover/run";
import { judge } from "../gates/smoke";
import type { Slot } from "../model/words";
import type { SecretMask } from "../platforms/local/supervisor/secretMask";
import type { Driver } from "../platforms/driver";
import { ask, NoAnswer, shownUrl } from "../web/ask";
import type { HookContext } from "./context";
import type { Hook } from "./hook";

export interface RequestArgs {
  context: HookContext;
  /** Headers that are secrets, over the hook's own. */
  headers: Record<string, string>;
  /** How instances are asked; absent when there is no platform to ask, as in a test of an absolute address. */
  slots?: Pick<Driver, "condition" | "probeInstance">;
  mask: SecretMask;
  deadlineMs: number;
  signal: AbortSignal;
}

type Http = NonNullable<Hook["http"]>;

/** Sends a hook's request to an address, or to every running instance of a slot, and judges what is answered. */
export async function runRequest(http: Http, args: RequestArgs): Promise<Outcome> {
  const [, which, path] = /^\{\{(from|to|back)\}\}(\/.*)$/.exec(http.url) ?? [];
  if (which === undefined || path === undefined) return toAddress(http, args);
  const slot = args.context[which as "from" | "to" | "back"];
  if (slot === "none") return { verdict: "error", detail: `{{${which}}} is no slot in this cutover` };
  return toSlot(http, slot, path, args);
}

async function toAddress(http: Http, args: RequestArgs): Promise<Outcome> {
  try {
    const reply = await ask({
      url: http.url,
      timeoutMs: args.deadlineMs,
      signal: args.signal,
      ...contentOf(http, args),
    });
    const problem = problemWith(reply, http, args.mask);
    if (problem === undefined) return { verdict: "pass", detail: `${shownUrl(http.url)} answered ${reply.status}` };
    return { verdict: "fail", detail: `${http.method} ${shownUrl(http.url)} → ${problem}` };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const verdict = error.reason === "timeout" ? "timeout" : "error";
    return { verdict, detail: `${http.method} ${shownUrl(http.url)} → ${error.message}` };
  }
}

async function toSlot(http: Http, slot: Slot, path: string, args: RequestArgs): Promise<Outcome> {
  const { slots, signal } = args;
  if (slots === undefined) return { verdict: "error", detail: "there is no platform to ask" };
  const running = (await unlessStopped(slots.condition(slot), signal)).instances.filter((instance) => instance.running);
  // Nobody was asked, so nothing is known to be done.
  if (running.length === 0) return { verdict: "error", detail: `${slot} has no running instance to ask` };
  for (const { name } of running) {
    const sent = slots.probeInstance(slot, name, { path, timeoutMs: args.deadlineMs, ...contentOf(http, args) });
    const what = `${name}: ${http.method} ${path.split("?")[0] ?? path}`;
    let answer;
    try {
      answer = await unlessStopped(sent, signal);
    } catch (error) {
      return { verdict: "error", detail: `${what} → ${(error as Error).message}` };
    }
    if (answer.slot !== slot) return { verdict: "error", detail: `${what} → answered by somebody else than ${slot}` };
    const problem = problemWith(answer, http, args.mask);
    if (problem !== undefined) return { verdict: "fail", detail: `${what} → ${problem}` };
  }
  return { verdict: "pass", detail: `${running.length} of ${running.length} instances of ${slot} answered as wanted` };
}

function contentOf(
  http: Http,
  { context, headers }: RequestArgs,
): { method: string; headers: Record<string, string>; body?: string } {
  const { method } = http;
  const own = Object.fromEntries(Object.entries(http.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const secret = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const given = { ...own, ...secret };
  if (http.body !== undefined)
    return { method, headers: { "content-type": typeOf(http.body), ...given }, body: http.body };
  if (!["POST", "PUT", "PATCH"].includes(method)) return { method, headers: given };
  return { method, headers: { "content-type": "application/json", ...given }, body: JSON.stringify(context) };
}

function typeOf(body: string): string {
  return isJson(body) ? "application/json" : "text/plain; charset=utf-8";
}

function problemWith(
  answer: { status: number; headers: Record<string, string>; body: string; durationMs: number },
  http: Http,
  mask: SecretMask,
): string | undefined {
  const { status } = answer;
  const excerpt = JSON.stringify(mask(answer.body).slice(0, 200));
  if (http.status === undefined && (status < 200 || status > 299)) return `status ${status}, wanted 2xx: ${excerpt}`;
  if (http.status !== undefined && status !== http.status) return `status ${status}, wanted ${http.status}: ${excerpt}`;
  if (http.json.length === 0) return undefined;
  if (!isJson(answer.body)) return `body is not JSON: ${excerpt}`;
  const test = { name: "", method: http.method, path: "", headers: {}, status, json: http.json };
  const problem = judge(answer, test);
  return problem === undefined ? undefined : mask(problem).slice(0, 500);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A platform's call ends by its own deadline; the hook does not wait for it longer than it is asked to. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(new Error("it was stopped"));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

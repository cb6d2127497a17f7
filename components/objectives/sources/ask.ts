import { readFile } from "node:fs/promises";
import { Agent, request } from "undici";
import type { Auth, Trust } from "../../model/objective";
import { deadlineOf, SampleTimeout, type SampleContext } from "../source";

export interface Question extends Trust {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  auth?: Auth;
}

export interface Reply {
  status: number;
  contentType: string;
  text: string;
  /** Takes the secrets that were used out of a text: servers like to repeat what they refuse. */
  mask(text: string): string;
}

/** More than any answer of one number needs. */
const MAX_BODY = 1024 * 1024;

/**
 * Asks an HTTP server, with credentials from the configuration's secrets, on a connection of its own. Redirects are not
 * followed: they could carry the credentials elsewhere.
 *
 * @throws SampleTimeout, and errors that name the address without credentials and query.
 */
export async function ask(question: Question, context: SampleContext): Promise<Reply> {
  const where = `${question.method} ${addressOf(question.url)}`;
  const { authorization, hidden } = credentials(question.auth, context);
  const mask = (text: string) => hidden.reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
  const ca = question.ca === undefined ? undefined : await certificates(question.ca);
  const agent = new Agent({
    connections: 1,
    pipelining: 0,
    connect: {
      timeout: context.timeoutMs,
      ...(ca === undefined ? {} : { ca }),
      ...(question.insecure === true ? { rejectUnauthorized: false } : {}),
    },
  });
  const signal = deadlineOf(context);
  try {
    const answer = await request(question.url, {
      dispatcher: agent,
      method: question.method as "GET",
      headers: { accept: "application/json", ...question.headers, ...authorization },
      signal,
      headersTimeout: context.timeoutMs,
      bodyTimeout: context.timeoutMs,
      ...(question.body === undefined ? {} : { body: question.body }),
    });
    const contentType = answer.headers["content-type"];
    const text = await readText(answer.body);
    return { status: answer.statusCode, contentType: String(contentType ?? "").toLowerCase(), text, mask };
  } catch (error) {
    const { code } = error as { code?: string };
    if (signal.aborted || code === "UND_ERR_CONNECT_TIMEOUT" || code === "UND_ERR_HEADERS_TIMEOUT")
      throw SampleTimeout.after(where, context.timeoutMs);
    throw new Error(mask(`${where}: ${reasonOf(error as Error & { code?: string })}`));
  } finally {
    await agent.destroy();
  }
}

/** The answer's status and type as wanted, or an error that says what they are. */
export function mustBeJson(reply: Reply, where: string): void {
  const shown = JSON.stringify(reply.mask(reply.text).slice(0, 200));
  if (reply.status >= 300 && reply.status < 400)
    throw new Error(`${where}: it redirects (${reply.status}), which is not followed; set the final address`);
  if (reply.status === 401 || reply.status === 403)
    throw new Error(`${where}: access refused (${reply.status}), check auth: ${shown}`);
  if (reply.status < 200 || reply.status >= 300) throw new Error(`${where}: status ${reply.status}: ${shown}`);
  if (!isJson(reply)) {
    const type = reply.contentType === "" ? "no content type" : `content type ${reply.contentType}`;
    throw new Error(`${where}: ${type}, wanted application/json: ${shown}`);
  }
}

export function isJson(reply: Reply): boolean {
  return /^application\/([\w.-]+\+)?json\b/.test(reply.contentType);
}

/** An address that may be shown: without credentials, and without the query, in which tokens are found too. */
export function addressOf(url: string): string {
  try {
    const { origin, pathname } = new URL(url);
    return `${origin}${pathname === "/" ? "" : pathname}`;
  } catch {
    return "an address that is no URL";
  }
}

function credentials(
  auth: Auth | undefined,
  context: SampleContext,
): { authorization: { authorization?: string }; hidden: string[] } {
  if (auth === undefined) return { authorization: {}, hidden: [] };
  const name = "bearer" in auth ? auth.bearer : auth.password;
  const value = context.secrets(name);
  if (value === undefined || value.trim() === "")
    throw new Error(`the configuration's secrets have no ${name}, which auth names`);
  // Secrets from files end with a line break that no header may hold.
  if ("bearer" in auth) return { authorization: { authorization: `Bearer ${value.trim()}` }, hidden: [value.trim()] };
  const pair = Buffer.from(`${auth.username}:${value}`).toString("base64");
  return { authorization: { authorization: `Basic ${pair}` }, hidden: [value, pair] };
}

async function certificates(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Error(`the CA certificates cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > MAX_BODY) throw new Error(`the answer is larger than ${MAX_BODY / 1024} KiB`);
  }
  return Buffer.concat(parts).toString("utf8");
}

function reasonOf(error: Error & { code?: string; cause?: unknown }): string {
  if (error.code === "ECONNREFUSED") return "connection refused; does it run there?";
  if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN") return "the host's name cannot be resolved";
  return error.message === "" ? (error.code ?? error.name) : error.message;
}

import type { Slot } from "../../../model/words";

/** What the router reads from a request's head, and the head it sends on. Filled anew for each request. */
export class RequestHead {
  /** Names and values in turn, for the instance. */
  headers: string[] = [];
  hasBody = false;
  /** The headers that make the request ambiguous, so that it must not be sent on. */
  fault: string | null = null;
  /** Value of the preview header; null when it is absent. */
  preview: string | null = null;
  /** Slot named by the sticky cookie. */
  sticky: Slot | null = null;
}

/** Names are compared by length first: most headers are ruled out by that alone, without being turned to lower case. */
const LOOKED_AT = new Set([2, 4, 6, 7, 10, 14, 15, 16, 17]);
/** What a `Connection` header may not take away: these frame or address the message. */
const NEVER_DROPPED = new Set(["host", "content-length", "transfer-encoding", "connection", "keep-alive", "close"]);

/**
 * Reads the raw headers of a request once and writes those for the instance: hop-by-hop ones dropped, `X-Forwarded-For`
 * continued, `-Proto` and `-Host` set unless a proxy before this one did.
 */
export function readRequestHead(
  raw: string[],
  remote: string,
  previewHeader: string,
  stickyCookie: string,
): RequestHead {
  const head = new RequestHead();
  const { headers } = head;
  let host: string | null = null;
  let forwardedFor: string | null = null;
  let hasProto = false;
  let hasForwardedHost = false;
  let connection: string | null = null;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const value = raw[i + 1] ?? "";
    const { length } = name;
    if (length === previewHeader.length && length > 0 && name.toLowerCase() === previewHeader) head.preview = value;
    if (!LOOKED_AT.has(length)) {
      headers.push(name, value);
      continue;
    }
    switch (name.toLowerCase()) {
      case "host":
        if (host !== null) head.fault = "more than one Host header";
        host = value;
        break;
      case "content-length":
        head.hasBody ||= value !== "0";
        break;
      case "transfer-encoding":
        head.hasBody = true;
        continue;
      case "connection":
        connection = connection === null ? value : `${connection},${value}`;
        continue;
      case "upgrade":
      case "te":
      case "expect":
      case "trailer":
      case "keep-alive":
      case "proxy-connection":
        continue;
      case "x-forwarded-for":
        forwardedFor = forwardedFor === null ? value : `${forwardedFor}, ${value}`;
        continue;
      case "x-forwarded-proto":
        hasProto = true;
        break;
      case "x-forwarded-host":
        hasForwardedHost = true;
        break;
      case "cookie":
        if (stickyCookie !== "" && head.sticky === null) head.sticky = slotInCookie(value, stickyCookie);
        break;
    }
    headers.push(name, value);
  }
  if (connection !== null && connection.length > 10) dropNamed(headers, connection);
  headers.push("x-forwarded-for", forwardedFor === null ? remote : `${forwardedFor}, ${remote}`);
  if (!hasProto) headers.push("x-forwarded-proto", "http");
  if (!hasForwardedHost && host !== null) headers.push("x-forwarded-host", host);
  return head;
}

/** Drops the headers that a `Connection` header names as meant for this hop only. */
function dropNamed(headers: string[], connection: string): void {
  const named = new Set(connection.split(",").map((token) => token.trim().toLowerCase()));
  for (const name of NEVER_DROPPED) named.delete(name);
  for (let i = headers.length - 2; i >= 0; i -= 2)
    if (named.has((headers[i] ?? "").toLowerCase())) headers.splice(i, 2);
}

function slotInCookie(cookies: string, name: string): Slot | null {
  for (const pair of cookies.split(";")) {
    const equals = pair.indexOf("=");
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    if (value === "blue" || value === "green") return value;
  }
  return null;
}

// A small service to release: plain Node, no dependencies. See README.md for what it answers and its switches.
"use strict";
const { createServer } = require("node:http");
const { clearInterval, clearTimeout, setImmediate, setInterval } = require("node:timers");

const { env } = process;
const number = (name) => Number(env[name] ?? 0);

const slot = env.SLOT ?? "";
const release = env.RELEASE ?? "dev";
// The platform says which release this is: `<version>-<12 hex digits>`.
const version = release.replace(/-[0-9a-f]{12}$/, "");
const startedAt = Date.now();

/** Longer than any proxy keeps an idle connection, so that the proxy, never this end, closes it first. */
const KEEP_ALIVE_MS = 75_000;

const routes = {
  "GET /": greet,
  "GET /health": health,
  "GET /slow": slow,
  "GET /events": events,
};

let stopping = false;
const streams = new Set();

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://service");
  response.setHeader("x-version", version);
  if (stopping) response.setHeader("connection", "close");
  // A connection that is busy when the stop begins would otherwise stay open for the whole keep-alive time.
  response.once("close", () => stopping && setImmediate(() => server.closeIdleConnections()));
  const route = routes[`${request.method === "HEAD" ? "GET" : request.method} ${url.pathname}`] ?? missing;
  route(response, url, request);
});
server.keepAliveTimeout = KEEP_ALIVE_MS;

let greeted = 0;

function greet(response) {
  const failing = isFailure(greeted++, number("FAIL_PERCENT"));
  const answer = () =>
    failing
      ? json(response, 500, { error: "FAIL_PERCENT is set", version })
      : json(response, 200, { service: env.SERVICE ?? "hello", version, greeting: env.GREETING ?? "Hello", slot });
  later(response, number("SLOW_MS"), answer);
}

/** Spreads the failures evenly: of any 100 requests in a row exactly `percent` fail. */
function isFailure(n, percent) {
  return Math.floor(((n + 1) * percent) / 100) > Math.floor((n * percent) / 100);
}

function health(response) {
  if (env.FAIL_HEALTH === "1") return json(response, 503, { ok: false, reason: "FAIL_HEALTH is set", version });
  const left = startedAt + number("START_DELAY_MS") - Date.now();
  if (left > 0) return json(response, 503, { ok: false, reason: `starting, ready in ${left} ms`, version });
  json(response, 200, { ok: true, version, slot });
}

function slow(response, url) {
  const ms = Math.min(Number(url.searchParams.get("ms") ?? 1000) || 0, 600_000);
  later(response, ms, () => json(response, 200, { waited: ms, version, slot }));
}

function events(response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const send = () => response.write(`event: tick\ndata: ${JSON.stringify({ version, slot, at: Date.now() })}\n\n`);
  send();
  const timer = setInterval(send, 1000);
  streams.add(response);
  response.once("close", () => {
    clearInterval(timer);
    streams.delete(response);
  });
}

function missing(response, url, request) {
  json(response, 404, { error: `there is no ${request.method} ${url.pathname}`, version });
}

function later(response, ms, answer) {
  if (ms <= 0) return answer();
  const timer = setTimeout(answer, ms);
  response.once("close", () => clearTimeout(timer));
}

function json(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

/** Stops accepting, lets what is in flight end, and exits 0. */
function stop(signal) {
  if (stopping || env.IGNORE_SIGTERM === "1") return;
  stopping = true;
  console.log(`${signal}: finishing what is in flight`);
  for (const stream of streams) stream.end();
  server.close(() => process.exit(0));
  server.closeIdleConnections();
}
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

if (number("CRASH_AFTER_MS") > 0) {
  setTimeout(() => {
    console.error("CRASH_AFTER_MS is set: crashing");
    process.exit(1);
  }, number("CRASH_AFTER_MS"));
}

server.listen(Number(env.PORT ?? 8080), env.HOST ?? "127.0.0.1", () => {
  const { address, port } = server.address();
  console.log(`${release} in ${slot || "no slot"} listens on http://${address}:${port}`);
});

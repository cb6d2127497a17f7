import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import { eventually } from "./eventually";

/** The path of `prometheus` on PATH; undefined when there is none. */
export function findPrometheus(): string | undefined {
  for (const dir of (process.env.PATH ?? "").split(delimiter)) {
    const file = join(dir, "prometheus");
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** What a suite that needs a Prometheus is skipped with. */
export const NO_PROMETHEUS = "there is no prometheus on PATH (Debian: apt-get install prometheus)";

export interface RunningPrometheus {
  url: string;
  /** The value of an instant query as the server gives it; undefined for no series. */
  ask(query: string): Promise<string | undefined>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** `host:port` of what is scraped, every 200 ms. */
  targets: string[];
  /** Asks for basic authentication: the user's name and a bcrypt hash of the password. */
  user?: { name: string; hash: string };
  /** How to sign in for `ask`, when that is asked for. */
  authorization?: string;
}

/** A Prometheus on a port of its own with a data directory of its own. */
export async function startPrometheus(program: string, options: PrometheusOptions): Promise<RunningPrometheus> {
  const dir = mkdtempSync(join(tmpdir(), "bluegreen-prometheus-"));
  const write = (name: string, content: unknown) => {
    writeFileSync(join(dir, name), stringify(content));
    return join(dir, name);
  };
  const config = write("prometheus.yml", {
    global: { scrape_interval: "200ms", scrape_timeout: "200ms" },
    scrape_configs: [{ job_name: "app", static_configs: [{ targets: options.targets }] }],
  });
  const web = write(
    "web.yml",
    options.user === undefined ? {} : { basic_auth_users: { [options.user.name]: options.user.hash } },
  );
  const port = await freePort();
  const output: string[] = [];
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--web.config.file=${web}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.tsdb.path=${join(dir, "data")}`,
      "--log.level=warn",
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const note = (text: string) => output.push(text);
  child.stdout.setEncoding("utf8").on("data", note);
  child.stderr.setEncoding("utf8").on("data", note);
  const url = `http://127.0.0.1:${port}`;
  const headers: Record<string, string> =
    options.authorization === undefined ? {} : { authorization: options.authorization };
  const stop = async () => {
    await end(child);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await eventually(
      "Prometheus is ready",
      async () => (await fetch(`${url}/-/ready`, { headers }).catch(() => undefined))?.ok === true,
      { stop: () => (child.exitCode === null ? undefined : `it ended: ${output.join("").slice(-500)}`) },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    stop,
    async ask(query) {
      const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query }).toString()}`, { headers });
      const found = (await answer.json()) as { data?: { result?: { value?: [number, string] }[] } };
      return found.data?.result?.[0]?.value?.[1];
    },
  };
}

/** Figures of an application in Prometheus' text format; each request gives what `text` is then. */
export async function startExporter(text: () => string): Promise<{ target: string; close(): Promise<void> }> {
  const server: Server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await gone;
  clearTimeout(late);
}

/** Prometheus cannot be asked to take any free port and tell which. */
async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  startSupervisor,
  stopSupervisor,
  supervisorStatus,
  type InstanceStatus,
  type SupervisorSpec,
  type SupervisorStatus,
  type SupervisorView,
} from "../../components/platforms/local/supervisor/client";
import { eventually } from "./eventually";

export const DOOR = resolve(__dirname, "supervisorDoor.cjs");

/** An application in a folder of its own, with a supervisor's directory beside it. Everything goes with `remove`. */
export class SupervisedSlot {
  readonly root = mkdtempSync(join(tmpdir(), "bg-sup-"));
  readonly dir = join(this.root, "slot");
  readonly app = join(this.root, "app");

  private constructor(readonly spec: SupervisorSpec) {
    mkdirSync(this.app);
    spec.directory = this.app;
  }

  static async create(
    command: string[],
    files: Record<string, string>,
    more: Partial<SupervisorSpec> = {},
  ): Promise<SupervisedSlot> {
    const slot = new SupervisedSlot({
      service: "hello",
      slot: "blue",
      release: "1.0.0-abcdef",
      fingerprint: "first",
      command,
      directory: "",
      environment: {},
      secrets: {},
      host: "127.0.0.1",
      port: await anyPort(),
      replicas: 1,
      stopDeadlineMs: 5_000,
      backoff: { initialMs: 20, maxMs: 100, resetAfterMs: 60_000 },
      logs: { maxBytes: 1024 * 1024, keep: 3 },
      ...more,
    });
    slot.spec.directory = slot.app;
    for (const [name, text] of Object.entries(files)) writeFileSync(join(slot.app, name), text);
    return slot;
  }

  start(more: Partial<SupervisorSpec> = {}): Promise<SupervisorStatus> {
    return startSupervisor(this.dir, { ...this.spec, ...more }, DOOR);
  }

  async status(): Promise<SupervisorView> {
    const view = await supervisorStatus(this.dir);
    if (view === undefined) throw new Error("there is no status");
    return view;
  }

  async instance(index = 0): Promise<InstanceStatus> {
    const instance = (await this.status()).instances[index];
    if (instance === undefined) throw new Error(`there is no instance ${index}`);
    return instance;
  }

  /** What an instance answers to a GET, once it does. */
  answer(index = 0, path = "/"): Promise<string> {
    return eventually(`instance ${index} answers`, async () => {
      const { host, port } = await this.instance(index);
      return fetch(`http://${host}:${port}${path}`).then(
        (response) => response.text(),
        () => undefined,
      );
    });
  }

  /** The text of a file that the application writes into its folder, once it is there. */
  written(name: string): Promise<string> {
    return eventually(`${name} is written`, () => {
      try {
        return readFileSync(join(this.app, name), "utf8") || undefined;
      } catch {
        return undefined;
      }
    });
  }

  async stop(): Promise<void> {
    await stopSupervisor(this.dir, this.spec.stopDeadlineMs);
  }

  async remove(): Promise<void> {
    await stopSupervisor(this.dir, 0);
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Makes slots for the tests of one suite, and removes them after each test. */
export function supervisedSlots(): (...args: Parameters<typeof SupervisedSlot.create>) => Promise<SupervisedSlot> {
  const slots: SupervisedSlot[] = [];
  afterEach(() => Promise.all(slots.splice(0).map((slot) => slot.remove())));
  return async (...args) => {
    const slot = await SupervisedSlot.create(...args);
    slots.push(slot);
    return slot;
  };
}

/** A port that is free now. */
export function anyPort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Answers with its pid and environment. */
export const NODE_APP = `
const http = require("node:http");
http.createServer((request, response) => {
  response.end(JSON.stringify({ pid: process.pid, env: process.env }));
}).listen(Number(process.env.PORT), process.env.HOST);
`;

export const PYTHON_APP = `
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(("python " + os.environ["SLOT"] + " " + os.environ["RELEASE"]).encode())

http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
`;

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../service/free-port.ts";

export interface Proxy {
  /** `https://localhost:<port>`. */
  readonly origin: string;
  /** The certificate that it shows, in PEM. */
  readonly certificate: string;
  readonly stop: () => Promise<void>;
}

/** How a proxy is started before a server, with the configuration that docs/behind-a-proxy.md shows, changed by `change`. */
export interface ProxyKind {
  readonly name: "nginx" | "caddy";
  readonly isInstalled: boolean;
  readonly start: (upstream: string, change?: (config: string) => string) => Promise<Proxy>;
}

const isInstalled = (name: string) => spawnSync(name, [name === "nginx" ? "-v" : "version"]).error === undefined;
/** docs/behind-a-proxy.md. */
export const page = await readFile(new URL("../../docs/behind-a-proxy.md", import.meta.url), "utf8");

/** The first block of docs/behind-a-proxy.md in a language. */
function shown(language: string): string {
  const block = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  if (block === undefined) throw new Error(`docs/behind-a-proxy.md has no block of ${language}`);
  return block;
}

export const nginx: ProxyKind = {
  name: "nginx",
  isInstalled: isInstalled("nginx"),
  start: (upstream, change = (config) => config) =>
    startProxy(async ({ folder, port, certificate, key }) => {
      const site = change(shown("nginx"))
        .replace("listen 443 ", `listen ${port} `)
        .replace("maps.example.org;", "localhost;")
        .replace(/ssl_certificate .*;/, `ssl_certificate ${certificate};`)
        .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${key};`)
        .replace("http://127.0.0.1:4000", upstream);
      await writeFile(join(folder, "site"), site);
      // Debian's own settings, with this site alone, and the files of a running server in the folder.
      const settings = (await readFile("/etc/nginx/nginx.conf", "utf8"))
        .replace(/^pid .*;/m, `pid ${folder}/pid;`)
        .replace(/^error_log .*;/m, `error_log ${folder}/errors;`)
        .replace(/access_log .*;/, `access_log off;`)
        .replace(/include \/etc\/nginx\/sites-enabled\/.*;/, `${temporary(folder)} include ${folder}/site;`);
      await writeFile(join(folder, "nginx.conf"), settings);
      return ["nginx", ["-e", join(folder, "errors"), "-c", join(folder, "nginx.conf"), "-g", "daemon off;"]];
    }),
};

function temporary(folder: string): string {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ");
}

export const caddy: ProxyKind = {
  name: "caddy",
  isInstalled: isInstalled("caddy"),
  start: (upstream, change = (config) => config) =>
    startProxy(async ({ folder, port, certificate, key }) => {
      const site = change(shown("caddy"))
        .replace("maps.example.org {", `https://localhost:${port} {\n  tls ${certificate} ${key}`)
        .replace("127.0.0.1:4000", upstream.replace("http://", ""));
      await writeFile(join(folder, "Caddyfile"), `{\n  admin off\n  auto_https disable_redirects\n}\n${site}`);
      return ["caddy", ["run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")]];
    }),
};

interface Place {
  readonly folder: string;
  readonly port: number;
  /** Files. */
  readonly certificate: string;
  readonly key: string;
}

async function startProxy(prepare: (place: Place) => Promise<[string, string[]]>): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), "vitcx-proxy-"));
  // Where root starts nginx, another user's processes work.
  await chmod(folder, 0o755);
  await mkdir(join(folder, "home"));
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...kind, "-keyout", key, "-out", certificate, ...names], { stdio: "pipe" });
  const port = await freePort();
  const [command, parameters] = await prepare({ folder, port, certificate, key });
  const child = spawn(command, parameters, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, HOME: join(folder, "home") },
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(`${command} has ended: ${errors}`);
    await wait(50);
  }
  return {
    origin: `https://localhost:${port}`,
    certificate: await readFile(certificate, "utf8"),
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "localhost", () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });
}

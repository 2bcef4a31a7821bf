import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, type Children, waitUntilReady } from '../children.js'
import { findProgram } from '../packages.js'
import { StackError } from '../stack-error.js'
import { CHECKOUT, makeServerFolder } from '../state.js'
import { getStatus } from '../wire.js'

/** Loopback ports of the running instances of each public service. */
export type Upstreams = { mainApi: number[]; websocket: number[]; media: number[] }

export type NginxOptions = {
  folder: string
  children: Children
  port: number
  /** Addresses to listen on; IPv6 in brackets. */
  addresses: readonly string[]
  upstreams: Upstreams
  /** Balances main-api's internal listeners behind one port, as the network of a cluster does. */
  internal?: { port: number; ports: readonly number[] }
  /** Rate variables; the defaults of the wire contract where they are missing. */
  env: Record<string, string>
}

const SOURCE = join(CHECKOUT, 'config/nginx')

/**
 * Starts nginx with the configuration that production uses; only addresses and paths differ.
 * `GET /` answers 200 when this returns.
 */
export async function startNginx(options: NginxOptions): Promise<Child> {
  const home = makeServerFolder(join(options.folder, 'nginx'), 0o755)
  renderNginx(home, options)
  const child = options.children.start({
    name: 'nginx',
    command: findProgram('nginx') ?? 'nginx',
    args: ['-e', 'stderr', '-p', home, '-c', join(home, 'nginx.conf'), '-g', 'daemon off;'],
    layer: 'service',
    // TERM ends at once; QUIT would wait for sockets that stay open for hours.
    stopSignal: 'SIGTERM',
  })
  const [address = '127.0.0.1'] = options.addresses
  await waitUntilReady(
    child,
    async () => (await getStatus(`http://${address}:${options.port}/`)) === 200,
  )
  return child
}

/** Writes the configuration for a local run into `home`. */
export function renderNginx(
  home: string,
  options: Omit<NginxOptions, 'folder' | 'children'>,
): void {
  renderLimits(home, options.env)
  rewrite(join(home, 'nginx.conf'), [
    ['user nginx;', ''],
    // Without rights the limit cannot be raised; the launcher's own, inherited, is the highest there is.
    [/worker_rlimit_nofile \d+;/, ''],
    ['pid /var/run/nginx.pid;', `pid ${join(home, 'nginx.pid')};`],
    ['error_log /dev/stderr warn;', 'error_log stderr warn;'],
    [/access_log .*;/, 'access_log off;'],
  ])
  const html = makeServerFolder(join(home, 'html'), 0o755)
  spawnSync('cp', ['-r', `${join(SOURCE, 'html')}/.`, html])
  const listen = options.addresses.map((address) => `listen ${address}:${options.port};`).join(' ')
  rewrite(join(home, 'conf.d/default.conf'), [
    [/^ {2}listen 80;\n {2}listen \[::\]:80;$/m, `  ${listen}`],
    [/^ {2}root .*;$/m, `  root ${html};`],
    ...upstreamRules('main-api:3000', options.upstreams.mainApi),
    ...upstreamRules('media-service:3003', options.upstreams.media),
    ...upstreamRules('websocket-service:3001', options.upstreams.websocket),
  ])
  writeFileSync(
    join(home, 'conf.d/local.conf'),
    temporaryPaths(home) + internalSite(options.internal),
  )
  rmSync(join(home, 'nginx.pid'), { force: true })
}

function renderLimits(home: string, env: Record<string, string>): void {
  const { status, stderr } = spawnSync('sh', [join(SOURCE, 'render.sh'), SOURCE, home], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
  })
  if (status !== 0) throw new StackError(stderr.trim(), 'correct the RATE_LIMIT_* variables')
}

type Rule = [pattern: string | RegExp, replacement: string]

/** Every rule must apply: a pattern that is not found means that the configuration has changed. */
function rewrite(file: string, rules: readonly Rule[]): void {
  const text = rules.reduce(
    (before, [pattern, replacement]) => {
      const after = before.replace(pattern, () => replacement)
      if (after === before) throw new Error(`${file}: ${String(pattern)} is not there`)
      return after
    },
    readFileSync(file, 'utf8'),
  )
  writeFileSync(file, text)
}

function upstreamRules(name: string, ports: readonly number[]): Rule[] {
  const parameters = 'max_fails=3 fail_timeout=5s;'
  // An upstream needs a server; port 1 answers nothing, as a service that is not there.
  const servers = (ports.length > 0 ? ports : [1]).map(
    (port) => `server 127.0.0.1:${port} ${parameters}`,
  )
  return [[`server ${name} ${parameters}`, servers.join('\n  ')]]
}

/** No limits and no stripped headers here: this stands for the network between services. */
function internalSite(internal: NginxOptions['internal']): string {
  if (internal === undefined) return ''
  const servers = internal.ports.map(
    (port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=1s;`,
  )
  return [
    `upstream main_api_internal { least_conn; ${servers.join(' ')} keepalive 64; keepalive_timeout 4s; }`,
    `server { listen 127.0.0.1:${internal.port}; client_max_body_size 2m;`,
    'location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;',
    'proxy_connect_timeout 1s; proxy_pass http://main_api_internal; } }',
    '',
  ].join('\n')
}

function temporaryPaths(home: string): string {
  const folder = makeServerFolder(join(home, 'temporary'))
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};\n`)
    .join('')
}
